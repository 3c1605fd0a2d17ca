import type { Messages } from '../../en'
import { isolated } from '../../isolate'
import { plural } from '../plural'

export const search: Messages['search'] = {
  title: 'Rechercher',
  placeholder: 'Personnes, vidéos, hashtags',
  clear: 'Effacer le texte',
  tabs: 'Types de résultats',
  kinds: { '': 'Tout', people: 'Personnes', videos: 'Vidéos', hashtags: 'Hashtags', sounds: 'Sons', rooms: 'En direct', products: 'Produits' },
  all: (kind) => `Tout voir : ${kind}`,
  more: 'Tout voir',
  recent: 'Recherches récentes',
  forget: (text) => `Retirer ${isolated(text)} des recherches récentes`,
  forgetAll: 'Tout effacer',
  trending: 'Hashtags en vogue',
  rising: 'Vidéos qui montent',
  quiet: 'Rien en vogue pour l’instant',
  quietText: 'Cherchez des personnes, des vidéos et des hashtags, ou publiez la première vidéo.',
  none: (text) => `Aucun résultat pour « ${isolated(text)} »`,
  noneText: 'Vérifiez l’orthographe, ou essayez avec moins de mots ou d’autres mots.',
  noneOfKind: 'Il y a peut-être des résultats d’un autre type.',
  showAll: 'Tout rechercher',
  found: (n, text) => plural(n, { one: `${text} résultat`, other: `${text} résultats` }),
  followers: (n, text) => plural(n, { one: `${text} abonné`, other: `${text} abonnés` }),
  videos: (n, text) => plural(n, { one: `${text} vidéo`, other: `${text} vidéos` }),
  views: (n, text) => plural(n, { one: `${text} vue`, other: `${text} vues` }),
  order: 'Ordre des vidéos',
  newest: 'Plus récentes',
  mostViewed: 'Plus vues',
}
