import type { Messages } from '../../en'
import { plural } from '../plural'

export const flashes: Messages['flashes'] = {
  title: 'Prix éclair',
  text: 'Un prix plus bas pour un temps, sur la page de l’article, sur les cartes et dans les paniers. Il ne change jamais : arrêtez-le et créez-en un autre.',
  ends: (time) => `Fin dans ${time}`,
  left: (pieces, text) => (pieces === 1 ? 'une pièce à ce prix' : `${text} pièces à ce prix`),
  price: (currency) => `Prix éclair en ${currency}`,
  starts: 'Du (vide : maintenant)',
  until: 'Au',
  pieces: 'Pièces (facultatif)',
  make: 'Fixer le prix éclair',
  made: 'Le prix éclair est fixé.',
  end: 'Arrêter',
  taken: (n, text) => plural(n, { one: `${text} pièce commandée`, other: `${text} pièces commandées` }),
  span: (start, end) => `${start} – ${end}`,
  ended: 'Terminé',
}
