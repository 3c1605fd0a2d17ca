import type { Room } from '../../api/rooms'
import { rooms } from '../../api/rooms'
import { feed, type FeedTab, type Video } from '../../api/videos'
import { Paged } from '../site/list.svelte'
import { Reports } from './reports'

export type Slide = { key: string; video: Video } | { key: string; room: Room }
/** A live room comes first, then one after every so many videos. */
const ROOM_EVERY = 6

/** Videos and, here and there, a live room. Pure. */
export function weave(videos: Video[], live: Room[]): Slide[] {
  const slides: Slide[] = []
  const left = [...live]
  const room = () => {
    const next = left.shift()
    if (next) slides.push({ key: `room ${next.id}`, room: next })
  }
  videos.forEach((video, index) => {
    if (index % ROOM_EVERY === 0) room()
    slides.push({ key: `video ${video.id}`, video })
  })
  if (videos.length < ROOM_EVERY) while (left.length) room()
  return slides
}

export class FeedState {
  readonly list: Paged<Video>
  live = $state.raw<Room[]>([])
  /** The slide on the screen. */
  at = $state(0)
  /** Both lists are asked for before anything is shown: nothing may move under a finger. */
  ready = $state(false)
  slides = $derived.by(() => (this.ready ? weave(this.list.items, this.live) : []))

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
    const live = this.tab === 'for_you' && !this.ready ? rooms({ state: 'live', limit: 5 }).catch(() => null) : null
    const videos = this.list.items.length === 0 ? this.list.more() : null
    const [page] = await Promise.all([live, videos])
    if (page) this.live = page.items
    this.ready = true
  }

  /** Another person looks at it now: what was loaded is not theirs. */
  clear(): void {
    this.at = 0
    this.ready = false
    this.list.clear()
  }
}

/** Kept while the site is open, so that coming back finds the feed where it was. */
export const feeds: Record<FeedTab, FeedState> = { for_you: new FeedState('for_you'), following: new FeedState('following') }
export const reports = new Reports()
