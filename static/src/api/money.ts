import { call, get, query, segment, type Page } from './http'
import type { Person } from './people'

export interface Gift {
  gift: string
  name: string
  coins: number
  art: string
}
export interface Pack {
  pack: string
  coins: number
  price_minor: number
  currency: string
}
export interface Wallet {
  coins: number
  earnings: { pending: number; payable: number }
}
export const STATEMENT_KINDS = ['purchase', 'gift_sent', 'gift_received', 'release', 'grant'] as const
export type StatementKind = (typeof STATEMENT_KINDS)[number]
export interface Entry {
  id: string
  at: number
  kind: StatementKind
  account: 'coins' | 'pending' | 'payable'
  amount: number
  balance: number
  with: Person | null
  detail: Record<string, unknown>
}
export interface Purchase {
  id: string
  state: 'pending' | 'completed' | 'failed'
  checkout_url: string | null
}

export const STATEMENT_FILE = '/api/wallet/statement.csv'
export const gifts = () => get<Page<Gift>>('/api/gifts')
export const wallet = () => get<Wallet>('/api/wallet')
export const packs = () => get<Page<Pack>>('/api/coins')
export const statement = (kind: StatementKind | null, cursor: string | null) =>
  get<Page<Entry>>(query('/api/wallet/statement', { kind, cursor }))
/** `key` makes a retry harmless: the same key with the same pack is the same purchase. */
export const buy = (pack: string, key: string) =>
  call<Purchase>('POST', '/api/wallet/purchases', { body: { pack }, headers: { 'Idempotency-Key': key } })
export const purchase = (id: string) => get<Purchase>(`/api/wallet/purchases/${segment(id)}`)
