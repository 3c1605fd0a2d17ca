import { send, type Answer, type Item } from '../operation'

export type OwnFund = Answer<'get', '/api/fund'>
export type Explanation = Answer<'get', '/api/fund/{period}'>
export type Need = OwnFund['needs'][number]
export type CopyOf = OwnFund['copies'][number]
export type DisputedCopy = Item<'/api/admin/originality'>
export type Period = Item<'/api/admin/fund'>
export type Preview = Answer<'get', '/api/admin/fund/{period}'>

export const own = () => send('get', '/api/fund')
/** `period`: a closed month, UTC, as 2026-11. */
export const explain = (period: string) => send('get', '/api/fund/{period}', { path: { period } })
export const disputeCopy = (video: string, text: string) => send('post', '/api/originality/{id}/dispute', { path: { id: video }, body: { text } })
export const disputedCopies = (cursor: string | null) => send('get', '/api/admin/originality', { query: { cursor } })
export const decideCopy = (video: string, original: boolean, note: string) =>
  send('put', '/api/admin/originality/{id}', { path: { id: video }, body: { original, note } })
export const periods = () => send('get', '/api/admin/fund')
export const preview = (period: string) => send('get', '/api/admin/fund/{period}', { path: { period } })
export const fill = (period: string, coins: number, note: string, key: string) =>
  send('post', '/api/admin/fund/{period}/fill', { path: { period }, body: { coins, note }, headers: { 'Idempotency-Key': key } })
export const close = (period: string) => send('post', '/api/admin/fund/{period}/close', { path: { period } })
export const review = (period: string) => send('post', '/api/admin/fund/{period}/review', { path: { period } })
export const post = (period: string) => send('post', '/api/admin/fund/{period}/post', { path: { period } })
