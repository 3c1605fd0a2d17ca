/** Promoted posts: what creators allow and earn, and what an advertiser's code allows. Takeovers: what a day costs. */
import { send, type Answer, type Body, type Item } from '../operation'
import type { Category } from './campaigns'

export type Consents = Answer<'get', '/api/ads/consents'>
export type Consent = Item<'/api/ads/consents'>
export type AdEarnings = Answer<'get', '/api/ads/earnings'>
export type OfferedVideo = Answer<'get', '/api/ads/consents/{code}'>
export type TakeoverOffer = Answer<'get', '/api/ads/takeovers'>

export const consents = () => send('get', '/api/ads/consents')
export const giveConsent = (body: Body<'post', '/api/ads/consents'>) => send('post', '/api/ads/consents', { body })
export const revokeConsent = (code: string) => send('delete', '/api/ads/consents/{code}', { path: { code } })
export const offered = (code: string, advertiser: string) => send('get', '/api/ads/consents/{code}', { path: { code }, query: { advertiser: advertiser || null } })
export const adEarnings = () => send('get', '/api/ads/earnings')
export const takeovers = (category: Category, signal?: AbortSignal) => send('get', '/api/ads/takeovers', { query: { category }, signal })
