import { query } from '../http'
import { send, type Answer, type Item } from '../operation'

export type Statement = Answer<'get', '/api/earnings/statement'>
export type Revenue = Answer<'get', '/api/admin/revenue'>['items'][number]
export type Payee = Item<'/api/admin/tax'>

/** `month`: UTC, as 2026-11. */
export const statement = (month: string) => send('get', '/api/earnings/statement', { query: { month } })
export const statementFile = (month: string) => query('/api/earnings/statement.csv', { month })
/** Twelve months, this one last. */
export const revenue = (month: string) => send('get', '/api/admin/revenue', { query: { month } })
export const revenueFile = (month: string) => query('/api/admin/revenue.csv', { month })
export const payees = (year: number, complete: boolean, cursor: string | null) =>
  send('get', '/api/admin/tax', { query: { year, complete, cursor } })
