import { query } from '../http'
import { send, type Answer, type Item } from '../operation'

export type Receipt = Answer<'get', '/api/wallet/receipts/{number}'>
export type Billing = Answer<'get', '/api/wallet/billing'>
export type Quarter = Answer<'get', '/api/admin/vat'>
export type FlaggedSale = Item<'/api/admin/vat/flags'>

export const receipt = (number: string) => send('get', '/api/wallet/receipts/{number}', { path: { number } })
export const pdfOf = (number: string, language: string) => query(`/api/wallet/receipts/${encodeURIComponent(number)}/pdf`, { language })
export const billing = () => send('get', '/api/wallet/billing')
export const setBilling = (billing: Billing) => send('put', '/api/wallet/billing', { body: billing })

export const quarter = (name: string) => send('get', '/api/admin/vat', { query: { quarter: name } })
export const exportOf = (which: 'oss' | 'home', quarter: string, exchange: string) => query(`/api/admin/vat/${which}.csv`, { quarter, exchange })
export const recapitulative = (quarter: string) => query('/api/admin/vat/recapitulative.csv', { quarter })
export const flags = (cursor: string | null) => send('get', '/api/admin/vat/flags', { query: { cursor } })
export const review = (purchase: string, note: string) => send('put', '/api/admin/vat/flags/{purchase}', { path: { purchase }, body: { note } })
