import type { Messages } from '../en'
import { isolated } from '../isolate'

export const admin: Messages['admin'] = {
  pages: 'Pages des modérateurs',
  title: 'Diffusion',
  charts: 'En ce moment et sur la dernière minute',
  publishers: 'En direct',
  viewers: 'Spectateurs',
  losing: 'Pertes élevées',
  losingText: 'plus de 5 %',
  bitsIn: 'Trafic entrant',
  bitsOut: 'Trafic sortant',
  estimated: 'estimé',
  packetsOut: 'Paquets envoyés',
  perSecond: (text) => `${text}/s`,
  cpu: 'Processeur',
  fanout: (name) => `Envoi par ${name}`,
  stale: 'Le serveur ne répond pas. Nouvelle tentative',

  rooms: 'Directs en cours',
  none: 'Aucun direct en cours',
  noneText: 'Les directs apparaissent ici dès qu’ils commencent.',
  noneAction: 'Passer en direct',
  waiting: 'Hôte absent',
  end: 'Terminer',
  endLabel: (title) => `Terminer « ${isolated(title)} »`,
  endTitle: 'Terminer ce direct ?',
  endText: (title) => `« ${isolated(title)} » s’arrêtera pour tous les spectateurs et ne pourra pas reprendre.`,
  ended: 'Direct terminé',

  forModerators: 'Réservé aux modérateurs',
  forModeratorsText: 'Il faut être modérateur pour voir cette page.',
}
