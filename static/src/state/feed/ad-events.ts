/** What happened to ads: told once, soon, and again if the line was away for a moment. */
import { reportAds, type AdEvent, type AdEventKind } from '../../api/catalogue/ads'
import { Problem } from '../../api/problem'

/** Half of the picture has played for so long without a break, in the foreground: the MRC's viewable view. */
export const VIEWABLE_MS = 2000
const TRIES = 4
const RETRY_MS = 4000
const TOLD_MAX = 500

export class AdEvents {
  readonly #told = new Set<string>()

  constructor(private readonly send: (events: AdEvent[]) => Promise<unknown> = reportAds) {}

  tell(impression: string, kind: AdEventKind): void {
    const name = `${kind} ${impression}`
    if (this.#told.has(name)) return
    this.#told.add(name)
    if (this.#told.size > TOLD_MAX) this.#told.delete(this.#told.values().next().value!)
    void this.#try({ impression, kind }, TRIES)
  }

  async #try(event: AdEvent, tries: number): Promise<void> {
    try {
      await this.send([event])
    } catch (error) {
      const { code, status } = Problem.from(error)
      if (tries > 1 && (code === 'offline' || status === 429 || status >= 500)) setTimeout(() => void this.#try(event, tries - 1), RETRY_MS)
    }
  }
}

/** How much of the video has to have been watched, at least, for each of these. */
const PARTS: readonly [AdEventKind, number][] = [['quarter', 0.25], ['half', 0.5], ['three_quarters', 0.75]]

/** The parts that are watched once the video has come so far, from 0 to 1. */
export const partsAt = (progress: number): AdEventKind[] => PARTS.filter(([, share]) => progress >= share).map(([kind]) => kind)

/** Counts the unbroken time in which an ad could be watched. Says once that it was enough. */
export class AdMeter {
  #half = false
  #foreground = true
  #playing = false
  #timer = 0

  constructor(
    private readonly viewable: () => void,
    private readonly afterMs = VIEWABLE_MS,
  ) {}

  set({ half = this.#half, foreground = this.#foreground, playing = this.#playing }: { half?: boolean; foreground?: boolean; playing?: boolean }): void {
    this.#half = half
    this.#foreground = foreground
    this.#playing = playing
    const watched = half && foreground && playing
    if (watched && !this.#timer) this.#timer = setTimeout(this.viewable, this.afterMs) as unknown as number
    if (!watched) this.stop()
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = 0
  }
}

export const adEvents = new AdEvents()
