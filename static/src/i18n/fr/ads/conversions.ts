import type { Messages } from '../../en'
import { isolated } from '../../isolate'

export const conversions: Messages['conversions'] = {
  title: 'Conversions',
  text: 'Votre serveur peut dire ce qu’un clic a donné : un achat, une inscription. Les liens de vos annonces portent alors un identifiant de clic, qui ne dit rien de la personne. Une conversion compte dans les 7 jours après le clic, une seule par annonce montrée.',
  none: 'Votre serveur ne signale pas encore de conversions.',
  since: (day) => `Il y a un secret depuis le ${day}.`,
  secret: 'Secret',
  once: 'Gardez-le sur votre serveur. Il n’est montré que maintenant.',
  make: 'Créer un secret',
  renew: 'En créer un autre',
  revoke: 'Le révoquer',
  how: 'Comment signaler une conversion',
  howText: 'Gardez le paramètre cadeau_click de votre page, et envoyez-le quand la visite aboutit. Renvoyer la même chose est sans effet.',

  watched: 'Jusqu’où on a regardé',
  verdict: 'Pouvait-on la voir ?',
  verdicts: { viewable: 'Visible', not_viewable: 'Non visible', undetermined: 'Indéterminé' },
  conversions: 'Conversions',
  rate: (share) => `${share} des clics`,
  cost: 'Coût d’une conversion',
  worth: 'Valeur',
  follows: 'Nouveaux abonnés',
  finishes: 'Vue jusqu’au bout',
  learning: (found, needed, days) => `Vous payez les clics pour l’instant : il y a ${found} conversions des ${days} derniers jours, et il en faut ${needed} pour enchérir sur elles. Un clic coûte au plus votre enchère multipliée par votre taux de conversion.`,
  learned: 'Il y a assez de conversions : les annonces sont choisies selon leur chance d’en donner une, et vous payez les vues.',
  byCountry: 'Par pays',
  unknownCountry: 'Pays inconnu',
  countries: 'Seulement dans ces pays',
  countriesHint: 'Là où les gens disent habiter, ou d’où vient la requête. Ceux dont on ne sait rien ne la voient pas.',
  addCountry: 'Ajouter un pays…',
  removeCountry: (name) => `Retirer ${isolated(name)}`,
  bid: (currency) => `Au plus, pour une conversion (${currency})`,

  myCountry: 'Pays',
  myCountryText: 'Seulement si vous le voulez : il ne sert qu’à montrer les publicités destinées à votre pays.',
  notSaid: 'Non précisé',
}
