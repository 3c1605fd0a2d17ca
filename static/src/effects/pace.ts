/** Tells when drawing does not keep up with the camera. */

/** Over this long, so that one hiccup changes nothing. */
export const WINDOW_MS = 3_000
/** Of the camera's pictures, this share at least has to be drawn. */
export const DRAWN_SHARE_MIN = 0.7

export class Pace {
  #since = 0
  #first = 0
  #drawn = 0

  /** Call for every picture drawn; `presented` counts the camera's. True if too few of the last seconds were drawn. */
  tooSlow(presented: number, now: number): boolean {
    if (!this.#since) return this.#restart(presented, now)
    this.#drawn += 1
    if (now - this.#since < WINDOW_MS) return false
    const slow = this.#drawn < DRAWN_SHARE_MIN * (presented - this.#first)
    this.#restart(presented, now)
    return slow
  }

  #restart(presented: number, now: number): false {
    this.#since = now
    this.#first = presented
    this.#drawn = 0
    return false
  }
}
