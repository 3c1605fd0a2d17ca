import type { Room } from '../api/rooms'
import { rooms } from '../api/rooms'
import { feed, type FeedTab, type Video } from '../api/videos'
import { Paged } from './list.svelte'
import { Reports } from './reports'

export type Slide = { key: string; video: Video } | { key: string; room: Room }
/** A live room comes after the second video and then after every sixth. */
const FIRST_ROOM_AFTER = 2
const ROOM_EVERY = 6

/** Videos and, here and there, a live room. Pure. */
export function weave(videos: Video[], live: Room[]): Slide[] {
  const slides: Slide[] = []
  const left = [...live]
  videos.forEach((video, index) => {
    slides.push({ key: `video ${video.id}`, video })
    const due = index + 1 === FIRST_ROOM_AFTER || (index + 1 > FIRST_ROOM_AFTER && (index + 1 - FIRST_ROOM_AFTER) % ROOM_EVERY === 0)
    const room = due ? left.shift() : undefined
    if (room) slides.push({ key: `room ${room.id}`, room })
  })
  if (videos.length < FIRST_ROOM_AFTER) for (const room of left) slides.push({ key: `room ${room.id}`, room })
  return slides
}

export class FeedState {
  readonly list: Paged<Video>
  live = $state.raw<Room[]>([])
  /** The slide on the screen. */
  at = $state(0)
  slides = $derived.by(() => weave(this.list.items, this.live))

  constructor(readonly tab: FeedTab) {
    this.list = new Paged(async (cursor) => {
      const page = await feed(tab, cursor)
      // A recommender may repeat itself; a list of keyed slides must not.
      const shown = new Set(this.list.items.map((video) => video.id))
      const items = page.items.filter((video) => !shown.has(video.id))
      return { items, next: items.length ? page.next : null }
    })
  }

  async open(): Promise<void> {
    if (this.tab === 'for_you') {
      void rooms({ state: 'live', limit: 5 }).then((page) => (this.live = page.items)).catch(() => undefined)
    }
    if (this.list.items.length === 0) await this.list.more()
  }

  /** Another person looks at it now: what was loaded is not theirs. */
  clear(): void {
    this.at = 0
    this.list.clear()
  }
}

/** Kept while the site is open, so that coming back finds the feed where it was. */
export const feeds: Record<FeedTab, FeedState> = { for_you: new FeedState('for_you'), following: new FeedState('following') }
export const reports = new Reports()
