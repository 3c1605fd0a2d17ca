import type { Messages } from '../en'
import { isolated } from '../isolate'
import { plural } from './plural'

export const gifts: Messages['gifts'] = {
  title: 'Cadeaux',
  balance: 'Solde',
  get: 'Recharger',
  send: 'Envoyer',
  sendOne: (gift, price) => `Envoyer ${gift}, ${price}`,
  pick: (gift, price) => `${gift}, ${price}`,
  hint: 'Touchez encore pour envoyer, maintenez appuyé pour un combo',
  short: (price) => `Il vous manque ${price}.`,
  thenSend: (gift) => `Votre cadeau (${gift}) partira juste après l’achat.`,
  coins: (n, text) => plural(n, { one: `${text} pièce`, other: `${text} pièces` }),
  names: {
    rose: 'Rose',
    heart: 'Cœur',
    coffee: 'Café',
    icecream: 'Glace',
    cake: 'Gâteau',
    balloons: 'Ballons',
    bouquet: 'Bouquet',
    teddy: 'Nounours',
    crown: 'Couronne',
    fireworks: 'Feu d’artifice',
    rocket: 'Fusée',
    castle: 'Château',
  },
}

export const coins: Messages['coins'] = {
  title: 'Acheter des pièces',
  bought: (price) => `Vous avez reçu ${price}`,
  completed: 'Paiement reçu. Vos pièces sont dans votre portefeuille.',
  pending: 'Votre paiement est en cours de traitement',
  failed: 'Votre paiement n’a pas abouti',
  none: 'Aucune pièce en vente pour le moment',
  backToRoom: 'Reprendre où vous en étiez',
}

export const wallet: Messages['wallet'] = {
  title: 'Portefeuille',
  coins: 'Pièces',
  earnings: 'Gains',
  pending: 'En attente',
  payable: 'À verser',
  pendingText: 'Les gains passent dans « À verser » au bout de quelques jours',
  statement: 'Relevé',
  filter: 'Filtrer',
  all: 'Tout',
  download: 'Télécharger en CSV',
  none: 'Rien pour l’instant',
  noneText: 'Vos achats, vos cadeaux et vos gains apparaîtront ici.',
  kinds: {
    purchase: 'Achats',
    gift_sent: 'Cadeaux envoyés',
    gift_received: 'Cadeaux reçus',
    release: 'Gains débloqués',
    grant: 'Bonus',
  },
  one: {
    purchase: 'Pièces achetées',
    gift_sent: 'Cadeau envoyé',
    gift_received: 'Cadeau reçu',
    release: 'Gains débloqués',
    grant: 'Pièces offertes',
  },
  to: (name) => `à ${isolated(name)}`,
  from: (name) => `de ${isolated(name)}`,
  balanceAfter: (text) => `Solde : ${text}`,
  accounts: { coins: 'Pièces', pending: 'En attente', payable: 'À verser' },
}
