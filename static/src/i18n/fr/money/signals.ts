import type { Messages } from '../../en'

export const signals: Messages['signals'] = {
  title: 'Signaux financiers',
  text: 'Des gains inhabituels. Tant que personne ne les a examinés, ils sont retenus 30 jours. Rien n’est bloqué.',
  filter: 'État',
  states: { open: 'À examiner', confirmed: 'Confirmés', cleared: 'Écartés' },
  codes: {
    few_givers: (share, coins) => `${share} des cadeaux, soit ${coins}, viennent de trois personnes.`,
    new_accounts: (share, coins) => `${share} des cadeaux, soit ${coins}, viennent de comptes créés ces 7 derniers jours.`,
    new_cards: (share, coins) => `${share} des cadeaux, soit ${coins}, viennent de personnes dont le premier achat date de moins de 7 jours.`,
    circle: (share, coins) => `${share} des cadeaux, soit ${coins}, viennent de personnes qui en ont reçu en retour.`,
    unwatched: (share, coins) => `Un direct a rapporté ${coins}, soit ${share} de l’habituel pour si peu de spectateurs.`,
    dull_picture: (share, coins) => `${share} des cadeaux, soit ${coins}, ont été offerts devant une image noire ou fixe.`,
    quick_payout: (_share, coins) => `Les versements sont demandés dès la fin de la retenue\u00a0: ${coins}.`,
  },
  left: 'Compte supprimé',
  clear: 'Rien d’anormal',
  confirm: 'Garder la retenue',
  note: 'Remarque',
  decided: (when) => `Décidé le ${when}`,
  cleared: 'Écarté. Les gains sont retenus comme d’habitude.',
  confirmed: 'Confirmé. Les gains restent retenus 30 jours.',
  none: 'Aucun signal',
  noneText: 'Les gains sont vérifiés une fois par jour.',
}
