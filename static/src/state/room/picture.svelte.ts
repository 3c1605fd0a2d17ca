/** A live picture as its viewer sees it: what there is to choose from, and, while somebody looks at them, its numbers. */
import type { LayerChoice } from '../../api/media'
import { lines } from '../../rtc/layers'
import { reception, type ReceivedCounters, type Reception } from '../../rtc/received'
import type { Watcher } from '../../rtc/whep'

const SAMPLE_MS = 1000
const SAMPLES_MAX = 60
const LOOK_EVERY = 2

export class Picture {
  choice = $state.raw<LayerChoice | null>(null)
  /** Of the picture on the screen; 0 without one. */
  width = $state(0)
  height = $state(0)
  samples = $state.raw<Reception[]>([])
  /** bit/s, what the server has measured of the line */
  estimates = $state.raw<number[]>([])
  #watcher: Watcher | null = null
  #before: ReceivedCounters | null = null

  get lines(): number {
    return lines(this)
  }

  attach(watcher: Watcher | null): void {
    this.#watcher = watcher
    this.#before = null
    if (!watcher) this.choice = null
  }

  /** Reads the numbers once a second until the function it gives is called. */
  measure(): () => void {
    let count = 0
    this.samples = []
    this.estimates = []
    this.#before = null
    const read = () => {
      if (document.hidden) return
      void this.#sample()
      if (count++ % LOOK_EVERY === 0) void this.#look()
    }
    read()
    const timer = setInterval(read, SAMPLE_MS)
    return () => clearInterval(timer)
  }

  async #sample(): Promise<void> {
    const now = (await this.#watcher?.counters()) ?? null
    const rates = now && reception(this.#before, now)
    this.#before = now
    if (rates) this.samples = [...this.samples, rates].slice(-SAMPLES_MAX)
  }

  async #look(): Promise<void> {
    await this.#watcher?.look()
    const estimate = this.choice?.estimate_bps
    if (estimate != null) this.estimates = [...this.estimates, estimate].slice(-SAMPLES_MAX)
  }
}
