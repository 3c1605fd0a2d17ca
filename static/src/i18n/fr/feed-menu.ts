import type { Messages } from '../en'
import { isolated } from '../isolate'

export const feedMenu: Messages['feedMenu'] = {
  title: 'Plus',
  notInterested: 'Pas intéressé',
  why: 'Pourquoi cette vidéo ?',
  saved: 'Vidéo enregistrée',
  report: 'Signaler',
  copyLink: 'Copier le lien',
  speed: 'Vitesse',
  times: (text) => `${text}×`,
  sentAway: 'Vous en verrez moins de ce genre.',
  undo: 'Annuler',
}

export const why: Messages['why'] = {
  unknown: 'Cette vidéo a été affichée il y a trop longtemps pour dire pourquoi.',
  correct: 'Ce n’est pas juste ?',
  lessHashtag: (name) => `Moins de #${isolated(name)}`,
  lessCreator: (name) => `Moins de vidéos de ${isolated(name)}`,
  lessSound: 'Moins de vidéos avec ce son',
  lessOther: 'Moins de ce genre',
  done: 'Votre fil change dès la page suivante.',
  interests: 'Tous vos centres d’intérêt',
  visitor: 'Le fil suit ce que vous faites pendant cette visite, puis l’oublie.',
}

export const interests: Messages['interests'] = {
  title: 'Vos centres d’intérêt',
  text: 'Ce que votre fil a appris des vidéos que vous regardez, aimez ou passez. Supprimez ce qui ne va pas.',
  kinds: { hashtag: 'Hashtags', creator: 'Créateurs', sound: 'Sons', language: 'Langues' },
  others: 'Autres',
  unnamed: { sound: 'Un son', creator: 'Quelqu’un' },
  remove: (name) => `Supprimer ${isolated(name)}`,
  removed: (name) => `${isolated(name)} supprimé`,
  none: 'Rien d’appris pour l’instant',
  noneText: 'Regardez et aimez quelques vidéos, puis revenez.',
  noneAction: 'Regarder des vidéos',
  reset: 'Réinitialiser les centres d’intérêt',
  resetTitle: 'Tout réinitialiser ?',
  resetText: 'Votre fil repartira comme pour une nouvelle personne. C’est définitif.',
  resetDone: 'Centres d’intérêt réinitialisés',
  personalised: 'Fil personnalisé',
  onText: 'Les vidéos sont choisies selon ce que vous regardez, aimez, partagez ou passez.',
  offText: 'Désactivé : les vidéos les plus récentes et les plus populaires, dans le même ordre pour tout le monde. Rien de ce que vous regardez ne sert à choisir la suite, et ce qui avait été appris est effacé.',
  turnedOff: 'Votre fil n’est plus personnalisé',
  turnedOn: 'Votre fil est désormais personnalisé',
  minorTitle: 'Non personnalisé',
  minorText: 'Vous avez moins de 18 ans : rien de ce que vous regardez n’est retenu. Vous voyez les vidéos les plus récentes et les plus populaires, et celles des personnes que vous suivez.',
  visitorTitle: 'Vous êtes de passage',
  visitorText: 'Le fil n’apprend que pendant cette visite : tout est oublié ensuite. Avec un compte, vous pouvez voir ce qu’il a appris et le corriger.',
}
