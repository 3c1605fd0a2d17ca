/** How long a player keeps pictures and sound back before it shows them: as long as its line needs, and no longer.
 *
 * By itself a browser waits for the jitter it has seen. That leaves no time to ask again for what was lost on a long way, and the picture stands still for each.
 */
import type { ReceivedCounters } from './received'

const LEAST_MS = 100
const MOST_MS = 2000
/** For asking and answering, and the answer may be late as well. */
const ROUND_TRIPS = 1.5
const GROWTH = 1.5
/** Jitter from which it may be to blame for a picture that froze. */
const JITTERY_MS = 30
const CALM_S = 20
const CALM_S_MAX = 320
const EASED = 0.75

export class Patience {
  ms = 0
  #calm = 0
  #needed = CALM_S
  #easedAgo = Infinity

  /** From two readings of one session's counters. What a person sees stand still because nothing was sent is no reason to wait. */
  next(before: ReceivedCounters | null, now: ReceivedCounters): number {
    if (!before || now.at <= before.at || now.bytes < before.bytes) return this.ms
    const seconds = (now.at - before.at) / 1000
    const troubled = now.asked > before.asked || now.jitterMs > JITTERY_MS
    this.#easedAgo += seconds
    if (now.frozenS > before.frozenS && troubled) this.#wait(now.roundTripMs)
    else this.#rest(seconds)
    return this.ms
  }

  #wait(roundTripMs: number): void {
    if (this.#easedAgo < this.#needed) this.#needed = Math.min(CALM_S_MAX, this.#needed * 2)
    this.ms = Math.min(MOST_MS, Math.max(LEAST_MS + roundTripMs * ROUND_TRIPS, this.ms * GROWTH))
    this.#calm = 0
  }

  #rest(seconds: number): void {
    this.#calm += seconds
    if (!this.ms || this.#calm < this.#needed) return
    this.#calm = this.#easedAgo = 0
    const eased = this.ms * EASED
    this.ms = eased < LEAST_MS ? 0 : eased
  }
}

/** Sound and picture alike, so that they stay in step. Browsers without it go on as they do. */
export function hold(peer: RTCPeerConnection, ms: number): void {
  for (const receiver of peer.getReceivers()) if ('jitterBufferTarget' in receiver) receiver.jitterBufferTarget = ms || null
}
