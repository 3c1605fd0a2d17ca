import type { Messages } from '../../en'
import { isolated } from '../../isolate'

export const effects: Messages['effects'] = {
  title: 'Effets',
  none: 'Aucun effet',
  text: 'Vos spectateurs voient aussi l’effet. Il se met en pause quand vous regardez un autre onglet.',
  cost: (ms) => `Une image prend ${ms}\u00a0ms sur cet appareil.`,
  faceCost: (ms) => `Trouver votre visage prend ${ms}\u00a0ms.`,
  faceText: 'Votre visage est repéré sur cet appareil\u00a0: aucune image n’est envoyée pour cela.',
  faceLoading: 'Préparation du repérage de votre visage…',
  slow: 'Votre appareil ne suivait plus\u00a0: l’effet a été désactivé.',
  sponsored: 'Sponsorisé',
  sponsoredEffect: 'Effet sponsorisé',
  by: (sponsor) => `par ${isolated(sponsor)}`,
  effectBy: (sponsor) => `Effet de ${isolated(sponsor)}`,
  paidBy: (payer) => `payé par ${isolated(payer)}`,
  credit: (name, sponsor) => `Effet sponsorisé «\u00a0${isolated(name)}\u00a0» de ${isolated(sponsor)}`,
  named: (sponsor) => `Tout ce que vous créez avec indique qu’il est de ${isolated(sponsor)}.`,
  shader: 'Effet',
  landmarks: 'Visage',
  perPicture: 'par image',
  perLook: 'par recherche',
  missing: 'Ce navigateur ne peut pas dessiner d’effets.',
}
