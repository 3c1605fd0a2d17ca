import { isolated } from '../../isolate'

export const oidc = {
  title: 'Almost there',
  with: (name: string) => `Continue with ${isolated(name)}`,
  newTitle: 'Choose a username',
  newText: (name: string) => `${isolated(name)} says who you are. One thing is missing to begin here.`,
  linkTitle: 'Sign in once',
  linkText: (name: string) => `Sign in to your account once. From then on ${isolated(name)} is enough.`,
  codeTitle: 'One more step',
  toNew: 'I am new here',
  toLink: 'I have an account already',
  otherWay: 'Sign in another way',
  text: 'Sign in with it, too.',
  isLinked: 'You can sign in with it.',
  link: 'Link',
  linkNamed: (name: string) => `Link: ${isolated(name)}`,
  unlink: 'Unlink',
  unlinkNamed: (name: string) => `Unlink: ${isolated(name)}`,
  unlinked: 'Unlinked. Your other devices are signed out.',
}
