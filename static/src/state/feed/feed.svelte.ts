import type { Ad } from '../../api/catalogue/ads'
import type { Room } from '../../api/rooms'
import { feed, type FeedItem, type FeedTab, type VideoFields } from '../../api/videos'
import { Paged } from '../site/list.svelte'
import { opened, opening, rememberTakeover, type Takeover } from './opening'
import { Reports } from './reports'

/** One screen of the feed. `impression` names its showing, where the server has recorded it. */
export type Slide = { key: string; video: VideoFields; impression?: string; ad?: Ad } | { key: string; room: Room; impression?: string }

/** Few at a time, because a page knows only what was done before it was asked for. */
const PAGE = 4
/** After something that changes the feed, so many of the slides that follow stay: the next one is loaded already. */
const KEPT_AHEAD = 1
const SPARE_MAX = 100
/** For so long, "not interested" can be taken back. */
export const UNDO_MS = 6000

/** Null for a kind of item that this client does not know yet. Pure. */
export function slideOf(item: FeedItem): Slide | null {
  const { impression } = item
  if (item.kind === 'video') return { key: `video ${item.id}`, video: item, impression }
  if (item.kind === 'room') return { key: `room ${item.room.id}`, room: item.room, impression }
  // The same ad may come again, as another showing.
  if (item.kind === 'ad') return { key: `ad ${item.impression}`, video: item.video, impression: item.impression, ad: item.ad }
  return null
}

export class FeedState {
  readonly list: Paged<FeedItem>
  /** The slide on the screen. */
  at = $state(0)
  slides = $derived.by(() => this.list.items.map(slideOf).filter((slide) => slide !== null))
  /** What is shown before the first slide. */
  takeover = $state.raw<Takeover | null>(null)
  /** A slide that was sent away a moment ago, and where it was. */
  sentAway = $state.raw<{ item: FeedItem; index: number } | null>(null)
  /** Slides that made way for what the server chose later. They come when it has no others. */
  #spare: FeedItem[] = []
  readonly #unwanted = new Set<string>()

  constructor(
    readonly tab: FeedTab,
    private readonly reports = new Reports(),
  ) {
    this.list = new Paged((cursor) => this.#read(cursor))
  }

  async open(): Promise<void> {
    if (this.list.items.length === 0) await this.list.more()
  }

  /** Another person looks at the feed now, or it has been reset: what was loaded is not theirs. */
  clear(): void {
    this.at = 0
    this.takeover = null
    this.sentAway = null
    this.#spare = []
    this.#unwanted.clear()
    this.list.clear()
  }

  /** Sends a video away at once. The server hears of it when it can no longer be taken back. */
  sendAway(index: number): void {
    this.settle()
    const [item] = this.list.items.splice(index, 1)
    if (!item) return
    this.#unwanted.add(keyOf(item))
    this.sentAway = { item, index }
  }

  /** It was watched, skipped or hidden: now comes the feed. */
  endTakeover(): void {
    this.takeover = null
    rememberTakeover()
  }

  /** Takes a slide out, for good. */
  remove(key: string): void {
    this.list.items = this.list.items.filter((item) => keyOf(item) !== key)
  }

  /** Ads that have waited for too long are not shown: nobody would pay for them. */
  dropLateAds(now = Date.now()): void {
    const late = (item: FeedItem, index: number) => index > this.at && item.kind === 'ad' && item.ad.expires_at < now
    if (this.list.items.some(late)) this.list.items = this.list.items.filter((item, index) => !late(item, index))
  }

  takeBack(): void {
    if (!this.sentAway) return
    const { item, index } = this.sentAway
    this.sentAway = null
    this.#unwanted.delete(keyOf(item))
    this.list.items.splice(index, 0, item)
    this.at = index
  }

  /** What was sent away stays away. Returns whether there was anything. */
  settle(): boolean {
    const item = this.sentAway?.item
    this.sentAway = null
    if (item?.kind !== 'video') return false
    this.reports.notInterested(item.id, item.impression)
    return true
  }

  /** Something was done that changes the feed: what follows is chosen anew, once the server knows of it. */
  async learned(): Promise<void> {
    await this.reports.flush()
    if (this.list.loading) await this.list.more()
    if (this.tab !== 'for_you' || this.list.ended) return
    this.#spare = [...this.list.items.splice(this.at + 1 + KEPT_AHEAD), ...this.#spare].slice(0, SPARE_MAX)
  }

  async #read(cursor: string | null): Promise<{ items: FeedItem[]; next: string | null }> {
    // A page follows from what was done before it.
    if (cursor !== null) await this.reports.flush()
    try {
      const page = await feed(this.tab, cursor, PAGE, cursor === null && this.tab === 'for_you' && opening())
      const { takeover, rest } = opened(page.items)
      if (takeover) this.takeover = takeover
      const items = this.#new(rest)
      const next = items.length ? page.next : null
      return { items: next === null ? [...items, ...this.#unspared(items)] : items, next }
    } catch (error) {
      const items = this.#unspared([])
      if (!items.length) throw error
      return { items, next: cursor }
    }
  }

  /** Those that are not shown yet: a recommender may repeat itself, a list of keyed slides must not. */
  #new(items: readonly FeedItem[], besides: readonly FeedItem[] = []): FeedItem[] {
    const keys = new Set([...this.#unwanted, ...[...this.list.items, ...besides].map(keyOf)])
    return items.filter((item) => {
      const key = keyOf(item)
      return key !== '' && !keys.has(key) && keys.add(key)
    })
  }

  #unspared(besides: readonly FeedItem[]): FeedItem[] {
    const spare = this.#new(this.#spare, besides)
    this.#spare = []
    return spare
  }
}

/** Empty for a kind of item that this client does not know yet. */
const keyOf = (item: FeedItem) => slideOf(item)?.key ?? ''

export const reports = new Reports()
/** Kept while the site is open, so that coming back finds the feed where it was. */
export const feeds: Record<FeedTab, FeedState> = {
  for_you: new FeedState('for_you', reports),
  following: new FeedState('following', reports),
}
/** For what is done outside the feed, too, such as a like on a video's own page. */
export const learned = () => feeds.for_you.learned()
