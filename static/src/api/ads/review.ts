/** The review of ads, and what may be advertised at which price, for the people who run the platform. */
import { send, type Answer, type Body, type Item } from '../operation'

export type Waiting = Item<'/api/admin/ads/creatives'>
export type Verdict = Body<'put', '/api/admin/ads/creatives/{creative}'>
export type Reason = NonNullable<Verdict['reasons']>[number]
export type Unverified = Item<'/api/admin/ads/advertisers'>
export type AdSettings = Answer<'get', '/api/admin/ads/settings'>
export type Floor = AdSettings['floors'][number]
export type Offers = AdSettings['offers']
export type CategoryRow = AdSettings['categories'][number]

export const REASONS: readonly Reason[] = ['misleading', 'landing_page', 'wrong_category', 'forbidden_product', 'sensitive', 'political', 'rights', 'quality', 'text', 'other']

export const waiting = (cursor: string | null) => send('get', '/api/admin/ads/creatives', { query: { cursor } })
export const decide = (creative: string, body: Verdict) => send('put', '/api/admin/ads/creatives/{creative}', { path: { creative }, body })
export const unverified = (cursor: string | null) => send('get', '/api/admin/ads/advertisers', { query: { cursor } })
export const verify = (one: { id: string; name: string; payer: string | null }, verified: boolean, reason = '') =>
  send('put', '/api/admin/ads/advertisers/{advertiser}', { path: { advertiser: one.id }, body: { verified, name: one.name, payer: one.payer, reason } })
export const settings = () => send('get', '/api/admin/ads/settings')
export const setFloor = (floor: Floor) =>
  send('put', '/api/admin/ads/floors/{format}', { path: { format: floor.format }, body: { cpm_micro: floor.cpm_micro, cpc_micro: floor.cpc_micro } })
export const setOffers = (offers: Offers) => send('put', '/api/admin/ads/offers', { body: offers })
export const allow = (category: CategoryRow['category'], allowed: boolean) =>
  send('put', '/api/admin/ads/categories/{category}', { path: { category }, body: { allowed } })
