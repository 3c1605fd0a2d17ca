import type { Messages } from '../en'

export const admin: Messages['admin'] = {
  title: 'Médias',
  charts: 'Maintenant et sur la dernière minute',
  publishers: 'En direct',
  viewers: 'Spectateurs',
  losing: 'Avec pertes',
  losingText: 'plus de 5 %',
  bitsIn: 'Entrant',
  bitsOut: 'Sortant',
  estimated: 'estimé',
  packetsOut: 'Paquets envoyés',
  perSecond: (text) => `${text}/s`,
  cpu: 'Processeur',
  fanout: (name) => `Envoi par ${name}`,
  stale: 'Le serveur ne répond pas. Nouvel essai',

  rooms: 'Salons en direct',
  none: 'Aucun salon en direct',
  noneText: 'Les salons apparaissent ici dès que quelqu’un passe en direct.',
  noneAction: 'Passer en direct',
  waiting: 'Hôte absent',
  end: 'Terminer',
  endLabel: (title) => `Terminer « ${title} »`,
  endTitle: 'Terminer ce direct ?',
  endText: (title) => `« ${title} » se terminera pour tous les spectateurs et ne pourra pas être rouvert.`,
  ended: 'Direct terminé',

  forModerators: 'Réservé aux modérateurs',
  forModeratorsText: 'Il faut le rôle de modérateur pour voir cette page.',
}
