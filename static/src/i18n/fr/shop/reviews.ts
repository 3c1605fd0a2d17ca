import type { Messages } from '../../en'
import { isolated } from '../../isolate'
import { plural } from '../plural'

export const reviews: Messages['reviews'] = {
  title: 'Avis',
  stars: (n, text) => plural(n, { one: `${text} étoile`, other: `${text} étoiles` }),
  average: (stars) => `${stars} étoiles sur 5`,
  count: (n, text) => plural(n, { one: `${text} avis publié`, other: `${text} avis publiés` }),
  none: 'Aucun avis pour l’instant',
  noneText: 'Les personnes qui ont acheté cet article peuvent donner le premier.',
  chart: 'Nombre d’avis par nombre d’étoiles',
  yours: 'Votre avis',
  write: 'Donner un avis',
  edit: 'Modifier votre avis',
  choose: 'Vos étoiles',
  text: 'Que faut-il savoir ? (facultatif)',
  send: 'Publier',
  remove: 'Supprimer',
  saved: 'Votre avis est publié.',
  removed: 'Votre avis est supprimé.',
  bought: 'Les avis viennent de personnes qui ont acheté cet article ici.',
  edited: 'modifié',
  refunded: 'Remboursé depuis',
  withheld: 'Masqué par un modérateur : vous seul le voyez.',
  answered: 'Le vendeur répond',
  answer: 'Répondre',
  changeAnswer: 'Modifier la réponse',
  answerText: 'Votre réponse. Vide : aucune.',
  report: (name) => `Signaler l’avis de ${isolated(name)}`,
}
