import type { Messages } from '../../en'
import { isolated } from '../../isolate'
import { plural } from '../plural'

export const threads: Messages['threads'] = {
  sort: 'Ordre des commentaires',
  top: 'Populaires',
  newest: 'Récents',
  pinned: 'Épinglé',
  creator: 'Créateur',
  likedByCreator: 'Aimé par le créateur',
  like: (name) => `Aimer le commentaire de ${isolated(name)}`,
  reply: 'Répondre',
  replyTo: (name) => `Répondre à ${isolated(name)}`,
  replyingTo: (name) => `Réponse à ${isolated(name)}`,
  cancelReply: 'Ne pas répondre',
  show: (n, text) => plural(n, { one: `Voir ${text} réponse`, other: `Voir ${text} réponses` }),
  more: 'Voir plus de réponses',
  hide: 'Masquer les réponses',
  linked: 'Le commentaire de votre lien',
  actions: (name) => `Plus d’actions sur le commentaire de ${isolated(name)}`,
  menu: 'Commentaire',
  pin: 'Épingler en haut',
  unpin: 'Désépingler',
  pinnedNow: 'Épinglé en haut',
  unpinnedNow: 'Désépinglé',
  link: 'Partager un lien',
  report: 'Signaler',
  deleteText: (n, text) => plural(n, { one: `${text} réponse sera supprimée avec lui.`, other: `${text} réponses seront supprimées avec lui.` }),
  gone: 'Ce commentaire a été supprimé.',
}
