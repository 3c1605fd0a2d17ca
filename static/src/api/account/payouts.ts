import { request } from '../http'
import { send, type Answer, type Body, type Item } from '../operation'

export type Terms = Answer<'get', '/api/wallet/payout-terms'>
export type Currency = Terms['currencies'][number]
export type Rail = Terms['rails'][number]
export type Source = NonNullable<Body<'post', '/api/wallet/payouts'>['source']>
export type Payout = Item<'/api/wallet/payouts'>
export type Queued = Item<'/api/admin/payouts'>
export type State = Payout['state']
export type Identity = Item<'/api/admin/identities'>
export type File = Item<'/api/admin/payout-files'>
export type Rates = Answer<'get', '/api/admin/rates'>
export type Answered = Answer<'post', '/api/admin/payout-statements'>
type Noted = Body<'post', '/api/admin/payouts/{id}/note'>['state']
type Judged = Body<'put', '/api/admin/identities/{person}'>['state']

export const terms = () => send('get', '/api/wallet/payout-terms')
export const payouts = (cursor: string | null) => send('get', '/api/wallet/payouts', { query: { cursor } })
/** `key` makes a retry harmless. */
export const ask = (amount_minor: number, currency: string, key: string, source: Source = 'gifts') =>
  send('post', '/api/wallet/payouts', { body: { amount_minor, currency, source }, headers: { 'Idempotency-Key': key } })
export const cancel = (id: string) => send('delete', '/api/wallet/payouts/{id}', { path: { id } })
export const setDestination = (body: Body<'put', '/api/wallet/payout-destination'>) => send('put', '/api/wallet/payout-destination', { body })
export const identify = (name: string, country: string, rail: string) => send('post', '/api/wallet/identity', { body: { name, country, rail } })

export const queue = (state: State, cursor: string | null) => send('get', '/api/admin/payouts', { query: { state, cursor } })
export const approve = (id: string) => send('post', '/api/admin/payouts/{id}/approve', { path: { id } })
export const refuse = (id: string, reason: string) => send('post', '/api/admin/payouts/{id}/refuse', { path: { id }, body: { reason } })
export const note = (id: string, state: Noted, reference: string) => send('post', '/api/admin/payouts/{id}/note', { path: { id }, body: { state, reference } })
export const identities = () => send('get', '/api/admin/identities', { query: { state: 'started' } })
export const judge = (person: string, state: Judged, reason = '') => send('put', '/api/admin/identities/{person}', { path: { person }, body: { state, reason } })
export const files = () => send('get', '/api/admin/payout-files')
export const makeFile = () => send('post', '/api/admin/payout-files')
export const approveFile = (id: string, count: number, total_minor: number) =>
  send('post', '/api/admin/payout-files/{id}/approve', { path: { id }, body: { count, total_minor } })
export const withdrawFile = (id: string) => send('post', '/api/admin/payout-files/{id}/withdraw', { path: { id } })
export const fileContent = (id: string) => `/api/admin/payout-files/${encodeURIComponent(id)}/content`
export const rates = () => send('get', '/api/admin/rates')
export const setRate = (currency: string, per_thousand: number) => send('post', '/api/admin/rates', { body: { currency, per_thousand } })
/** The bank's statement, as it is. */
export const statement = async (file: Blob): Promise<Answered> =>
  (await request('POST', '/api/admin/payout-statements', { body: file, headers: { 'Content-Type': 'application/octet-stream' } })).json()
