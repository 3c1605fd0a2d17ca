import { send, type Answer, type Item } from '../operation'
import type { Period } from '../account/earnings'

export type Timeline = Answer<'get', '/api/agreements'>
export type Agreement = Item<'/api/admin/agreements'>
export type Proposal = Item<'/api/admin/agency-proposals'>
export type AgencyReport = Answer<'get', '/api/earnings/agencies'>
export type Side = AgencyReport['creators'][number]
/** In whole percent. */
export type Shares = Pick<Agreement, 'creator_percent' | 'platform_percent' | 'agency_percent'>

export const own = () => send('get', '/api/agreements')
export const accept = (id: string) => send('post', '/api/agreements/proposals/{id}/accept', { path: { id } })
export const refuse = (id: string) => send('post', '/api/agreements/proposals/{id}/refuse', { path: { id } })
export const leave = () => send('post', '/api/agreements/leave')
export const report = (days: Period) => send('get', '/api/earnings/agencies', { query: { days } })

export const all = (cursor: string | null) => send('get', '/api/admin/agreements', { query: { cursor } })
export const waiting = (cursor: string | null) => send('get', '/api/admin/agency-proposals', { query: { cursor } })
export const timeline = (handle: string) => send('get', '/api/admin/agreements/{handle}', { path: { handle } })
/** `from`: Unix ms; 0 for now. */
export const setRate = (creator: string, percent: number, from: number) =>
  send('post', '/api/admin/agreements', { body: { creator, platform_percent: percent, valid_from: from } })
export const propose = (creator: string, agency: string, platform: number, share: number, from: number) =>
  send('post', '/api/admin/agency-proposals', {
    body: { creator, agency, platform_percent: platform, agency_percent: share, valid_from: from },
  })
export const end = (handle: string, at: number) => send('post', '/api/admin/agreements/{handle}/end', { path: { handle }, body: { at } })
export const withdraw = (id: string) => send('delete', '/api/admin/agency-proposals/{id}', { path: { id } })
