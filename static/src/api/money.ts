import { send, type Answer, type Item } from './operation'

export type Gift = Item<'/api/gifts'>
export type Pack = Item<'/api/coins'>
export type Wallet = Answer<'get', '/api/wallet'>
export type Entry = Item<'/api/wallet/statement'>
export type Purchase = Answer<'get', '/api/wallet/purchases/{id}'>
export type Spending = Answer<'get', '/api/wallet/limits'>
export type StatementKind = Entry['kind']

/** In the order in which the wallet offers them as filters. */
export const STATEMENT_KINDS: readonly StatementKind[] = [
  'purchase', 'gift_sent', 'gift_received', 'release', 'payout', 'payout_back', 'grant', 'migration', 'other',
]
export const STATEMENT_FILE = '/api/wallet/statement.csv'

export const gifts = () => send('get', '/api/gifts')
export const wallet = () => send('get', '/api/wallet')
export const packs = () => send('get', '/api/coins')
export const statement = (kind: StatementKind | null, cursor: string | null) =>
  send('get', '/api/wallet/statement', { query: { kind, cursor } })
/** `key` makes a retry harmless: the same key with the same pack is the same purchase. */
export const buy = (pack: string, key: string, country = '') =>
  send('post', '/api/wallet/purchases', { body: { pack, ...(country && { country }) }, headers: { 'Idempotency-Key': key } })
export const purchase = (id: string) => send('get', '/api/wallet/purchases/{id}', { path: { id } })
export const spending = () => send('get', '/api/wallet/limits')
/** Null: no limit of one's own. */
export const setLimits = (day: number | null, month: number | null) =>
  send('put', '/api/wallet/limits', { body: { day_coins: day, month_coins: month } })
export const spendingNoticeSeen = () => send('delete', '/api/wallet/limits/notice')
