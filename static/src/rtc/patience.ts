/**
 * Sizes a player's jitter buffer: as long as its connection needs, and no longer.
 *
 * A browser sizes it for the jitter it has measured. On a connection with a long round trip that leaves no time to
 * resend lost packets, and the picture freezes for each of them.
 */
import type { ReceivedCounters } from './received'

const LEAST_MS = 100
const MOST_MS = 2000
/** A NACK and its answer take one round trip; half of one is for jitter. */
const ROUND_TRIPS = 1.5
const GROWTH = 1.5
/** From this jitter on we count it as a cause of freezes. */
const JITTERY_MS = 30
const CALM_S = 20
const CALM_S_MAX = 320
const EASED = 0.75

export class Patience {
  ms = 0
  #calm = 0
  #needed = CALM_S
  #easedAgo = Infinity

  /** Takes two readings of one session. A freeze counts only with loss or jitter: otherwise nothing was sent. */
  update(before: ReceivedCounters | null, now: ReceivedCounters): number {
    if (!before || now.at <= before.at || now.bytes < before.bytes) return this.ms
    const seconds = (now.at - before.at) / 1000
    const troubled = now.nacks > before.nacks || now.jitterMs > JITTERY_MS
    this.#easedAgo += seconds
    if (now.frozenS > before.frozenS && troubled) this.#lengthen(now.roundTripMs)
    else this.#shorten(seconds)
    return this.ms
  }

  #lengthen(roundTripMs: number): void {
    if (this.#easedAgo < this.#needed) this.#needed = Math.min(CALM_S_MAX, this.#needed * 2)
    this.ms = Math.min(MOST_MS, Math.max(LEAST_MS + roundTripMs * ROUND_TRIPS, this.ms * GROWTH))
    this.#calm = 0
  }

  #shorten(seconds: number): void {
    this.#calm += seconds
    if (!this.ms || this.#calm < this.#needed) return
    this.#calm = this.#easedAgo = 0
    const eased = this.ms * EASED
    this.ms = eased < LEAST_MS ? 0 : eased
  }
}

/** Applies to sound and picture, so that they stay in sync. Browsers without `jitterBufferTarget` ignore it. */
export function hold(peer: RTCPeerConnection, ms: number): void {
  for (const receiver of peer.getReceivers()) if ('jitterBufferTarget' in receiver) receiver.jitterBufferTarget = ms || null
}
