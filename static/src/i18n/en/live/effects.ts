import { isolated } from '../../isolate'

export const effects = {
  title: 'Effects',
  none: 'No effect',
  text: 'Your viewers see the effect too. It pauses while you look at another tab.',
  cost: (ms: string) => `One picture takes ${ms} ms on this device.`,
  faceCost: (ms: string) => `Finding your face takes ${ms} ms.`,
  faceText: 'Your face is found on this device: no picture is sent anywhere for it.',
  faceLoading: 'Getting ready to find your face…',
  slow: 'Your device couldn’t keep up, so the effect was switched off.',
  sponsored: 'Sponsored',
  sponsoredEffect: 'Sponsored effect',
  by: (sponsor: string) => `by ${isolated(sponsor)}`,
  effectBy: (sponsor: string) => `Effect by ${isolated(sponsor)}`,
  paidBy: (payer: string) => `paid by ${isolated(payer)}`,
  credit: (name: string, sponsor: string) => `Sponsored effect “${isolated(name)}” by ${isolated(sponsor)}`,
  named: (sponsor: string) => `Everything you make with it says that it is by ${isolated(sponsor)}.`,
  shader: 'Effect',
  landmarks: 'Face',
  perPicture: 'for each picture',
  perLook: 'for each look',
  missing: 'This browser can’t draw effects.',
}
