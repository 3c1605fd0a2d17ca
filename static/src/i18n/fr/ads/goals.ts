import type { Messages } from '../../en'
import { isolated } from '../../isolate'
import { plural } from '../plural'

export const goals: Messages['goals'] = {
  title: 'Objectifs sponsorisés',
  lead: 'Offrez de l’argent à un hôte si son direct reçoit tant de pièces en un temps donné. L’argent est bloqué jusque-là et revient si cela n’arrive pas.',
  newGoal: 'Nouvel objectif',
  code: 'Le code de l’hôte',
  codeHint: 'L’hôte le crée sous « Vos vidéos en publicité » et vous l’envoie.',
  text: 'Vos mots dans le direct',
  reward: (currency) => `Récompense (${currency})`,
  rewardHint: 'Vous ne la payez que si l’objectif est atteint. L’hôte en reçoit une part.',
  target: 'Pièces à donner',
  minutes: 'Minutes',
  send: 'Bloquer la récompense et envoyer à la vérification',
  sent: 'Envoyé à la vérification',
  cancel: 'Annuler',
  cancelled: 'Annulé : la récompense est de retour dans votre solde.',
  forHost: (name) => `Pour ${isolated(name)}`,
  states: { draft: 'Brouillon', review: 'En vérification', offered: 'Proposé', running: 'En cours', reached: 'Atteint, pas encore payé', paid: 'Atteint et payé', returned: 'Terminé : la récompense est revenue' },
  because: {
    rejected: 'Refusé à la vérification.', cancelled: 'Annulé par l’annonceur.', declined: 'L’hôte n’en a pas voulu.', lapsed: 'Personne ne l’a lancé à temps.',
    missed: 'Pas assez de pièces à temps.', stopped: 'Arrêté par la plateforme.', gone: 'L’hôte n’est plus là.',
  },
  terms: (reward, coins, text, minutes) => plural(coins, { one: `${reward} pour ${text} pièce en ${minutes} minutes`, other: `${reward} pour ${text} pièces en ${minutes} minutes` }),

  waiting: 'Objectifs sponsorisés',

  ongoing: 'Objectifs proposés ou en cours',
  stopIt: 'Arrêter cet objectif',
  stopNote: 'Pourquoi',
  stopHint: 'L’annonceur et l’hôte le lisent. La récompense revient à l’annonceur.',
  stopYes: 'Arrêter maintenant',
  stopped: 'Arrêté\u00a0: la récompense est de retour dans le solde de l’annonceur.',

  hostTitle: 'Objectifs dans vos directs',
  hostLead: 'Laissez un annonceur offrir de l’argent pour un objectif dans votre direct. Vous voyez chaque offre et vous seul pouvez la lancer. Pas pour les directs de personnes de moins de 18 ans.',
  makeCode: 'Créer un code pour des objectifs',
  roomCode: 'Objectifs dans vos directs',
  yourShare: (amount) => `Vous recevez ${amount}`,
  got: (amount) => `Vous avez reçu ${amount}`,
  decline: 'Refuser',
  declined: 'Refusé',
  offers: 'Offres',
  button: 'Objectifs sponsorisés',
  start: 'Lancer dans ce direct',
  stop: 'Arrêter cet objectif',
  none: 'Aucune offre pour l’instant',
  noneText: 'Créez un code pour des objectifs sous « Vos vidéos en publicité » et envoyez-le à un annonceur.',

  by: (sponsor) => `Objectif sponsorisé par ${isolated(sponsor)}`,
  paidBy: (payer) => `payé par ${isolated(payer)}`,
  rewardFor: (amount) => `${amount} pour l’hôte`,
  progress: (coins, target) => `${coins} pièces sur ${target}`,
  reachedLine: 'L’objectif sponsorisé est atteint !',
  inLibrary: 'Objectif sponsorisé dans un direct',
}
