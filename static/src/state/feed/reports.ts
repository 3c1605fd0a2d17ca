/** What was watched and for how long, told to the server in batches and never twice. */
import { reportWatching, type FeedEvent } from '../../api/videos'

const BATCH_MAX = 50
const EVERY_MS = 8000
const SKIP_MS = 3000
const VIEW_MS = 1000

export class Reports {
  #events: FeedEvent[] = []
  #timer = 0
  readonly #viewed = new Set<string>()
  readonly #finished = new Set<string>()

  constructor(private readonly send: (events: FeedEvent[]) => Promise<unknown> = reportWatching) {}

  /** Called while a video plays. `watchedMs`: since it came on the screen. */
  watching(video: string, watchedMs: number, impression?: string): void {
    if (watchedMs < VIEW_MS || this.#viewed.has(video)) return
    this.#viewed.add(video)
    this.#add({ video, kind: 'view', watched_ms: Math.round(watchedMs) }, impression)
  }

  finished(video: string, watchedMs: number, impression?: string): void {
    if (this.#finished.has(video)) return
    this.#finished.add(video)
    this.#add({ video, kind: 'finish', watched_ms: Math.round(watchedMs) }, impression)
  }

  left(video: string, watchedMs: number, impression?: string): void {
    if (watchedMs > 0 && watchedMs < SKIP_MS && !this.#finished.has(video)) {
      this.#add({ video, kind: 'skip', watched_ms: Math.round(watchedMs) }, impression)
    }
  }

  shared(video: string, impression?: string): void {
    this.#add({ video, kind: 'share' }, impression)
  }

  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = 0
    const events = this.#events.splice(0, BATCH_MAX)
    // A lost report is a weaker recommendation, nothing a person should hear about.
    if (events.length) void this.send(events).catch(() => undefined)
  }

  #add(event: FeedEvent, impression?: string): void {
    this.#events.push(impression ? { ...event, impression } : event)
    if (this.#events.length >= BATCH_MAX) this.flush()
    else this.#timer ||= setTimeout(() => this.flush(), EVERY_MS) as unknown as number
  }
}
