import { send, type Answer, type Body, type Item } from '../operation'

export type Lack = Answer<'get', '/api/wallet/lack'>
export type OwnPurchase = Item<'/api/wallet/purchases'>
export type Offer = NonNullable<OwnPurchase['withdrawal']>
export type AnyPurchase = Item<'/api/admin/purchases'>
export type PurchaseDetail = Answer<'get', '/api/admin/purchases/{id}'>
export type PurchaseState = AnyPurchase['state']
export type RefundReason = Body<'post', '/api/admin/purchases/{id}/refunds'>['reason']
export type Difference = Item<'/api/admin/differences'>

export const PURCHASE_STATES: readonly PurchaseState[] = ['pending', 'paid', 'partly_refunded', 'refunded', 'disputed', 'won', 'lost', 'expired']
export const REFUND_REASONS: readonly RefundReason[] = ['request', 'duplicate', 'fraud', 'error', 'goodwill']

export const lack = (gift: string, count: number) => send('get', '/api/wallet/lack', { query: { gift, count } })
/** `key` makes a retry harmless. */
export const buyLacking = (gift: string, count: number, key: string, country = '') =>
  send('post', '/api/wallet/purchases', { body: { gift, count, ...(country && { country }) }, headers: { 'Idempotency-Key': key } })
export const own = (cursor: string | null) => send('get', '/api/wallet/purchases', { query: { cursor } })
export const withdraw = (id: string, offer: Offer, key: string) =>
  send('post', '/api/wallet/purchases/{id}/withdrawal', {
    path: { id },
    body: { coins: offer.coins, amount_minor: offer.amount_minor },
    headers: { 'Idempotency-Key': key },
  })

export const all = (state: PurchaseState | null, cursor: string | null) => send('get', '/api/admin/purchases', { query: { state, cursor } })
export const detail = (id: string) => send('get', '/api/admin/purchases/{id}', { path: { id } })
export const refund = (id: string, reason: RefundReason, note: string, key: string) =>
  send('post', '/api/admin/purchases/{id}/refunds', { path: { id }, body: { reason, note }, headers: { 'Idempotency-Key': key } })
export const differences = (cursor: string | null) => send('get', '/api/admin/differences', { query: { cursor } })
export const settle = (id: string, note: string) => send('put', '/api/admin/differences/{id}', { path: { id }, body: { note } })
