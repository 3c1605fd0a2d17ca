/** Passkeys: the server makes the options and checks the answers; the browser does the rest. */
import { send } from '../operation'
import { Problem } from '../problem'

/** A credential as JSON. The server's document says no more of it than that it is an object. */
type Json = Record<string, never>

export const canUsePasskeys = (): boolean => 'PublicKeyCredential' in window && 'parseRequestOptionsFromJSON' in PublicKeyCredential

/** Returns recovery codes, if it is the first second factor. */
export async function add(name: string): Promise<string[]> {
  const { options } = await send('post', '/api/security/passkey-options')
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options as unknown as PublicKeyCredentialCreationOptionsJSON)
  const credential = await asked(() => navigator.credentials.create({ publicKey }))
  return (await send('post', '/api/security/passkeys', { body: { name, credential } })).recovery_codes
}

export async function signIn(): Promise<void> {
  const { options, ticket } = await send('post', '/api/passkey-sessions/options')
  await send('post', '/api/passkey-sessions', { body: { credential: await used(options), ticket } })
}

export async function stepUp(): Promise<void> {
  const { options } = await send('post', '/api/sessions/current/step-up/options')
  await send('post', '/api/sessions/current/step-up/passkey', { body: { credential: await used(options) } })
}

async function used(options: Json): Promise<Json> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options as unknown as PublicKeyCredentialRequestOptionsJSON)
  return asked(() => navigator.credentials.get({ publicKey }))
}

/** The browser does not tell a refusal from a passkey that is not there. */
async function asked(ask: () => Promise<Credential | null>): Promise<Json> {
  try {
    return (((await ask()) as PublicKeyCredential).toJSON() as unknown) as Json
  } catch (error) {
    const known = error instanceof DOMException && error.name === 'InvalidStateError'
    throw new Problem(known ? 'passkey_exists' : 'passkey_cancelled', '')
  }
}
