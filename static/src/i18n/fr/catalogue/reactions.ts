import type { Messages } from '../../en'
import { isolated } from '../../isolate'

export const reactions: Messages['reactions'] = {
  title: 'J’aime et commentaires',
  private: 'Vous seul voyez cette liste. Elle contient aussi ce qui se trouve sur des vidéos que vous ne voyez plus.',
  which: 'Ce qui est listé',
  likes: 'J’aime',
  comments: 'Commentaires',
  gone: 'Une vidéo que vous ne voyez plus',
  untitled: 'Une vidéo sans légende',
  unlike: (title) => `Retirer votre J’aime de ${isolated(title)}`,
  unliked: 'J’aime retiré',
  delete: (text) => `Supprimer votre commentaire\u00a0: ${isolated(text)}`,
  deleteTitle: 'Supprimer ce commentaire\u00a0?',
  deleteText: 'Ses réponses seront supprimées aussi. Cette action est définitive.',
  deleteYes: 'Supprimer',
  deleted: 'Commentaire supprimé',
  reply: 'Réponse',
  emptyLikes: 'Aucun J’aime pour l’instant',
  emptyLikesText: 'Les vidéos que vous aimez apparaîtront ici.',
  emptyComments: 'Aucun commentaire pour l’instant',
  emptyCommentsText: 'Ce que vous écrivez sous les vidéos apparaîtra ici.',
}
