/** What was watched and for how long, told to the server in batches: each thing once, and only what really happened. */
import { reportWatching, type FeedEvent } from '../../api/videos'
import { Problem } from '../../api/problem'
import type { Source } from './source'

type Event = Omit<FeedEvent, 'kind'> & { kind: FeedEvent['kind'] | 'not_interested' }
const BATCH_MAX = 50
/** Events that wait for a line. Of more, the oldest are given up. */
const WAITING_MAX = 300
/** Showings of which it is remembered what was told. */
const TOLD_MAX = 1000
const EVERY_MS = 8000
const RETRY_MS_MAX = 60_000
/** Who leaves sooner has skipped. Who stays has viewed. */
const SKIP_MS = 2000

/** A video on the screen. `ms`: how long it has played. */
interface Watched {
  video: string
  ms: number
  impression: string | undefined
}

export class Reports {
  #waiting: Event[] = []
  #timer = 0
  #retryMs = EVERY_MS
  #flushing: Promise<void> | null = null
  #now: Watched | null = null
  readonly #told = new Set<string>()
  /** The video that was opened by itself, and where it was found. */
  #opened: { video: string; source: Source } | null = null

  constructor(
    private readonly send: (events: Event[]) => Promise<unknown> = (events) => reportWatching(events as FeedEvent[]),
    private readonly beacon: (events: Event[]) => boolean = sendBeacon,
  ) {}

  /** A video was opened by itself: what is told of it without an impression says where it was found. */
  opened(video: string, source: Source | null): void {
    this.#opened = source && { video, source }
  }

  /** Called while a video plays. `ms`: since it came on the screen. */
  watching(video: string, ms: number, impression?: string): void {
    this.#now = { video, ms, impression }
  }

  /** It played to its end. */
  finished(video: string, ms: number, impression?: string): void {
    this.#once('view', { video, ms, impression })
    this.#once('finish', { video, ms, impression })
  }

  /** It has left the screen. A skip is told only of what was neither viewed nor finished. */
  left(video: string, ms: number, impression?: string): void {
    const watched = { video, ms, impression }
    this.#now = null
    if (ms >= SKIP_MS) this.#once('view', watched)
    else if (ms > 0 && !this.#told.has(key('view', watched))) this.#once('skip', watched)
  }

  shared(video: string, impression?: string): void {
    this.#add({ video, kind: 'share' }, impression)
  }

  notInterested(video: string, impression?: string): void {
    this.#add({ video, kind: 'not_interested' }, impression)
  }

  /** Tells everything that waits. Resolves when it is told, or cannot be for now. */
  flush(): Promise<void> {
    return (this.#flushing ??= this.#sendAll().finally(() => (this.#flushing = null)))
  }

  /** The page may never be seen again: tells what waits, and what has been seen until now, without an answer. */
  leave(): void {
    if (this.#now && this.#now.ms >= SKIP_MS) this.#once('view', this.#now)
    if (typeof navigator !== 'undefined' && navigator.onLine === false) return
    while (this.#waiting.length && this.beacon(this.#waiting.slice(0, BATCH_MAX))) this.#waiting.splice(0, BATCH_MAX)
  }

  async #sendAll(): Promise<void> {
    while (this.#waiting.length) if (!(await this.#sendBatch())) return
  }

  /** False if the line is away. */
  async #sendBatch(): Promise<boolean> {
    clearTimeout(this.#timer)
    this.#timer = 0
    const batch = this.#waiting.splice(0, BATCH_MAX)
    try {
      await this.send(batch)
      this.#retryMs = EVERY_MS
    } catch (error) {
      // What the server refuses is given up: a weaker recommendation is nothing a person should hear about.
      if (!mayTryAgain(Problem.from(error))) return true
      this.#waiting = [...batch, ...this.#waiting].slice(-WAITING_MAX)
      clearTimeout(this.#timer)
      this.#wait((this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MS_MAX)))
      return false
    }
    return true
  }

  #once(kind: 'view' | 'finish' | 'skip', watched: Watched): void {
    const name = key(kind, watched)
    if (this.#told.has(name)) return
    this.#told.add(name)
    if (this.#told.size > TOLD_MAX) this.#told.delete(this.#told.values().next().value!)
    this.#add({ video: watched.video, kind, watched_ms: Math.round(watched.ms) }, watched.impression)
  }

  #add(event: Event, impression?: string): void {
    if (impression) event = { ...event, impression }
    else if (this.#opened?.video === event.video) event = { ...event, source: this.#opened.source }
    this.#waiting.push(event)
    if (this.#waiting.length > WAITING_MAX) this.#waiting.shift()
    // While a line is away, the timer decides.
    if (this.#waiting.length >= BATCH_MAX && this.#retryMs === EVERY_MS) void this.flush()
    else if (!this.#timer) this.#wait(EVERY_MS)
  }

  #wait(ms: number): void {
    this.#timer = setTimeout(() => void this.flush(), ms) as unknown as number
  }
}

const key = (kind: string, { video, impression }: Watched) => `${kind} ${impression ?? video}`
const mayTryAgain = ({ code, status }: Problem) => code === 'offline' || status === 429 || status >= 500

function sendBeacon(events: Event[]): boolean {
  return navigator.sendBeacon('/api/feed/events', new Blob([JSON.stringify({ events })], { type: 'application/json' }))
}
