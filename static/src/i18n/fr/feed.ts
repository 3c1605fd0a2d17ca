import type { Messages } from '../en'
import { isolated } from '../isolate'
import { plural } from './plural'

export const feed: Messages['feed'] = {
  title: 'Fil',
  forYou: 'Pour vous',
  following: 'Abonnements',
  play: 'Lire',
  pause: 'Pause',
  soundOn: 'Activer le son',
  soundOff: 'Couper le son',
  tapForSound: 'Activer le son',
  like: 'J’aime',
  comments: 'Commentaires',
  share: 'Partager',
  position: 'Position dans la vidéo',
  next: 'Vidéo suivante',
  previous: 'Vidéo précédente',
  videoBy: (name) => `Vidéo de ${isolated(name)}`,
  broken: 'Impossible de lire cette vidéo.',
  emptyTitle: 'Pas encore de vidéos',
  emptyText: 'Publiez la première !',
  emptyAction: 'Publier une vidéo',
  followingTitle: 'Les vidéos des personnes que vous suivez',
  followingText: 'Rien pour l’instant. Trouvez des personnes à suivre dans « Pour vous ».',
  followingAction: 'Découvrir',
  end: 'Vous avez tout vu',
  endText: 'Regardez qui est en direct en ce moment.',
  endAction: 'En direct',
  liveCard: 'est en direct',
  enter: 'Regarder le direct',
}

export const tag: Messages['tag'] = {
  empty: 'Pas encore de vidéos avec ce hashtag',
  emptyText: 'Ajoutez-le à une légende pour publier la première.',
}

export const comments: Messages['comments'] = {
  title: (n, text) => plural(n, { one: `${text} commentaire`, other: `${text} commentaires` }),
  none: 'Pas encore de commentaires',
  noneText: 'Écrivez le premier !',
  placeholder: 'Ajouter un commentaire',
  send: 'Envoyer',
  removed: 'Commentaire supprimé',
  delete: 'Supprimer le commentaire',
}
