import { isolated } from '../../isolate'
import type { Messages } from '../../en'

export const oidc: Messages['oidc'] = {
  title: 'Encore un instant',
  with: (name) => `Continuer avec ${isolated(name)}`,
  newTitle: 'Choisissez un identifiant',
  newText: (name) => `${isolated(name)} dit qui vous êtes. Il ne manque qu’une chose pour commencer ici.`,
  linkTitle: 'Connectez-vous une fois',
  linkText: (name) => `Connectez-vous une fois à votre compte. Ensuite ${isolated(name)} suffira.`,
  codeTitle: 'Encore une étape',
  toNew: 'Je suis nouveau ici',
  toLink: 'J’ai déjà un compte',
  otherWay: 'Se connecter autrement',
  text: 'Connectez-vous aussi avec ce service.',
  isLinked: 'Vous pouvez vous connecter avec ce service.',
  link: 'Associer',
  linkNamed: (name) => `Associer\u00a0: ${isolated(name)}`,
  unlink: 'Dissocier',
  unlinkNamed: (name) => `Dissocier\u00a0: ${isolated(name)}`,
  unlinked: 'Dissocié. Vos autres appareils sont déconnectés.',
}
