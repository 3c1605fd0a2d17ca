import type { Room } from '../../api/rooms'
import { feed, type FeedItem, type FeedTab, type VideoFields } from '../../api/videos'
import { Paged } from '../site/list.svelte'
import { Reports } from './reports'

/** One screen of the feed. `impression` names its showing, where the server has recorded it. */
export type Slide = { key: string; video: VideoFields; impression?: string } | { key: string; room: Room; impression?: string }

/** Null for a kind of item that this client does not know yet. Pure. */
export function slideOf(item: FeedItem): Slide | null {
  const { impression } = item
  if (item.kind === 'video') return { key: `video ${item.id}`, video: item, impression }
  if (item.kind === 'room') return { key: `room ${item.room.id}`, room: item.room, impression }
  return null
}

export class FeedState {
  readonly list: Paged<FeedItem>
  /** The slide on the screen. */
  at = $state(0)
  slides = $derived.by(() => this.list.items.map(slideOf).filter((slide) => slide !== null))

  constructor(readonly tab: FeedTab) {
    this.list = new Paged(async (cursor) => {
      const page = await feed(tab, cursor)
      // A recommender may repeat itself; a list of keyed slides must not.
      const keys = new Set(this.slides.map((slide) => slide.key))
      const items = page.items.filter((item) => {
        const slide = slideOf(item)
        if (!slide || keys.has(slide.key)) return false
        keys.add(slide.key)
        return true
      })
      return { items, next: items.length ? page.next : null }
    })
  }

  async open(): Promise<void> {
    if (this.list.items.length === 0) await this.list.more()
  }

  /** Another person looks at the feed now: what was loaded is not theirs. */
  clear(): void {
    this.at = 0
    this.list.clear()
  }
}

/** Kept while the site is open, so that coming back finds the feed where it was. */
export const feeds: Record<FeedTab, FeedState> = { for_you: new FeedState('for_you'), following: new FeedState('following') }
export const reports = new Reports()
