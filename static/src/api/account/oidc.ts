/** Signing in with the provider. The browser goes there by address; what comes afterwards are calls. */
import { send, type Answer, type Body } from '../operation'

export type Waiting = Answer<'get', '/api/oidc/ticket'>

export const offer = () => send('get', '/api/oidc')
/** Where the browser goes to sign in, or to prove again who it is. */
export const startAddress = (next: string) => `/api/oidc/start?next=${encodeURIComponent(next)}`
export const waiting = () => send('get', '/api/oidc/ticket')
export const join = async (person: Body<'post', '/api/oidc/people'>): Promise<void> => void (await send('post', '/api/oidc/people', { body: person }))
export const linkAndEnter = async (handle: string, password: string, code: string): Promise<void> =>
  void (await send('post', '/api/oidc/sessions', { body: { handle, password, code } }))
export const enterCode = async (code: string): Promise<void> => void (await send('post', '/api/oidc/sessions/code', { body: { code } }))
export const link = async (): Promise<string> => (await send('post', '/api/oidc/link')).url
export const unlink = () => send('delete', '/api/oidc/link')
