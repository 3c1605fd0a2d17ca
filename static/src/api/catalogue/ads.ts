/** Ads: what happened to those that were shown, and the library of all of them. */
import type { FeedItem } from '../videos'
import { call } from '../http'
import { send, type Answer, type Body, type Item } from '../operation'

export type Ad = Extract<FeedItem, { kind: 'ad' }>['ad']
export type LibraryAd = Item<'/api/ads/library'>
export type AdEvent = Body<'post', '/api/ads/events'>['events'][number]
export type AdEventKind = AdEvent['kind']

export type RoomCard = Answer<'get', '/api/ads/cards'>['items'][number]

/** What stands between these live rooms, in the order they are listed. `session`: of an earlier answer. */
export const roomCards = (rooms: string[], session: string) => send('get', '/api/ads/cards', { query: { rooms: rooms.join(','), session } })
/** Also while the page is being left. */
export const reportAds = (events: AdEvent[]) => call<void>('POST', '/api/ads/events', { body: { events }, keepalive: true })
export const adLibrary = (q: string, cursor: string | null) => send('get', '/api/ads/library', { query: { q, cursor } })
