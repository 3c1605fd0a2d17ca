/** What paying into an advertiser's balance costs: the amount, and the VAT on it. */
import { quote, type Quote } from '../../api/ads/accounts'
import { Problem } from '../../api/problem'

const ASK_AFTER_MS = 250

export class TopUpPrice {
  quote = $state.raw<Quote | null>(null)
  problem = $state.raw<Problem | null>(null)
  #tries = $state(0)

  /** Asks once nothing has been typed for a moment; for an effect. Returns what stops it. */
  ask(minor: number, advertiser: string, country: string): (() => void) | undefined {
    void this.#tries
    this.quote = null
    this.problem = null
    if (minor < 1) return
    const stop = new AbortController()
    const timer = setTimeout(() => void this.#read(minor, advertiser, country, stop.signal), ASK_AFTER_MS)
    return () => {
      clearTimeout(timer)
      stop.abort()
    }
  }
  again = () => {
    this.#tries += 1
  }
  async #read(minor: number, advertiser: string, country: string, signal: AbortSignal) {
    try {
      this.quote = await quote(minor, advertiser, country, signal)
    } catch (error) {
      if (!signal.aborted) this.problem = Problem.from(error)
    }
  }
}
