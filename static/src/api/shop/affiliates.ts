import { query } from '../http'
import { send, type Answer, type Item } from '../operation'

export type Plan = Answer<'get', '/api/shop/plan'>
export type Affiliate = Item<'/api/shop/affiliates'>
export type Commission = Item<'/api/affiliate/commissions'>
export type Earning = Answer<'get', '/api/affiliate'>
export type Promotable = Earning['promoted'][number]
export type CommissionReport = Answer<'get', '/api/affiliate/report'>['items'][number]
export type Days = 7 | 28 | 90

export const plan = () => send('get', '/api/shop/plan')
export const setPlan = (mode: Plan['mode'], rate: number) => send('put', '/api/shop/plan', { body: { mode, rate } })
/** Null: like all the others. */
export const setRate = (product: string, rate: number | null) => send('put', '/api/shop/products/{id}/commission', { path: { id: product }, body: { rate } })
export const affiliates = (cursor: string | null) => send('get', '/api/shop/affiliates', { query: { cursor } })
export const invite = (handle: string) => send('put', '/api/shop/affiliates/{handle}', { path: { handle } })
export const end = (handle: string) => send('delete', '/api/shop/affiliates/{handle}', { path: { handle } })
export const sold = (cursor: string | null) => send('get', '/api/shop/commissions', { query: { cursor } })
export const soldReport = (days: Days) => send('get', '/api/shop/commissions/report', { query: { days } })
export const soldFile = (month: string) => query('/api/shop/commissions/statement.csv', { month })

export const touch = (code: string) => send('post', '/api/touches', { body: { code } })
export const earning = () => send('get', '/api/affiliate')
export const promotable = (cursor: string | null) => send('get', '/api/affiliate/products', { query: { cursor } })
export const pick = (product: string) => send('put', '/api/affiliate/products/{id}', { path: { id: product } })
export const stop = (product: string) => send('delete', '/api/affiliate/products/{id}', { path: { id: product } })
export const brought = (cursor: string | null) => send('get', '/api/affiliate/commissions', { query: { cursor } })
export const report = (days: Days) => send('get', '/api/affiliate/report', { query: { days } })
export const statementFile = (month: string) => query('/api/affiliate/statement.csv', { month })

export const link = (one: Promotable) => `/product/${one.product.id}?via=${encodeURIComponent(one.code ?? '')}`
