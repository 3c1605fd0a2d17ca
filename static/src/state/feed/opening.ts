/** A takeover: once a day, before the feed that somebody has opened; never after a link to something else. */
import type { Ad } from '../../api/catalogue/ads'
import type { FeedItem, VideoFields } from '../../api/videos'
import { recall, remember } from '../site/memory'

export interface Takeover {
  ad: Ad
  video: VideoFields
  impression: string
}

const KEY = 'takeover'
const day = (now: Date) => now.toISOString().slice(0, 10)

/** The takeover that a page begins with, and the rest of the page. Whoever has seen one today, signed in or not, sees no other. */
export function opened(items: FeedItem[], now = new Date()): { takeover: Takeover | null; rest: FeedItem[] } {
  const [first, ...rest] = items
  if (first?.kind !== 'ad' || first.ad.format !== 'takeover') return { takeover: null, rest: items }
  return { takeover: recall(KEY) === day(now) ? null : { ad: first.ad, video: first.video, impression: first.impression }, rest }
}

export const rememberTakeover = (now = new Date()) => remember(KEY, day(now))

/** Whether the app was opened at the feed. True once. */
let fresh = globalThis.location?.pathname === '/'
export function opening(): boolean {
  const now = fresh
  fresh = false
  return now
}
