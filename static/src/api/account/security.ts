import { send, type Answer } from '../operation'

export type Security = Answer<'get', '/api/security'>
export type Passkey = Security['passkeys'][number]
export type AppSecret = Answer<'post', '/api/security/totp'>

export const security = () => send('get', '/api/security')
export const stepUp = (password: string, code: string) => send('post', '/api/sessions/current/step-up', { body: { password, code } })

export const startApp = () => send('post', '/api/security/totp')
export const confirmApp = async (code: string): Promise<string[]> => (await send('post', '/api/security/totp/confirm', { body: { code } })).recovery_codes
export const stopApp = () => send('delete', '/api/security/totp')
export const renewCodes = async (): Promise<string[]> => (await send('post', '/api/security/recovery-codes')).recovery_codes
export const removePasskey = (id: string) => send('delete', '/api/security/passkeys/{id}', { path: { id } })

export const askAddress = (address: string) => send('put', '/api/people/me/address', { body: { address } })
export const removeAddress = () => send('delete', '/api/people/me/address')
export const confirmAddress = (secret: string) => send('post', '/api/mail/confirm', { body: { secret } })
export const undoAddress = (secret: string) => send('post', '/api/mail/undo', { body: { secret } })
export const forgotten = (who: string) => send('post', '/api/password-resets', { body: { who } })
export const resetPassword = (secret: string, fresh: string) => send('post', '/api/password-resets/spend', { body: { secret, new: fresh } })
