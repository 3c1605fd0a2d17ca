/** Which gift banners are on the screen, and until when. No clock and no timers: the caller passes the time. */
import type { Person } from '../../api/people'
import type { Gifted } from '../../chat/kinds/gifted'

export interface Banner {
  key: string
  by: Person
  gift: string
  combo: number
  until: number
  /** Grows with every gift of the combo; each change restarts the animation of the number. */
  beat: number
}
export const BANNERS_SHOWN_MAX = 2
export const BANNERS_QUEUED_MAX = 30
export const BANNER_MS = 3500
export const BIG_GIFT_COINS = 500

export class Banners {
  shown: Banner[] = []
  queued: Banner[] = []

  add(gifted: Gifted, now: number): void {
    if (!gifted.by) return
    const key = `${gifted.by.id} ${gifted.gift}`
    const same = [...this.shown, ...this.queued].find((banner) => banner.key === key)
    if (same) {
      same.combo = gifted.combo
      same.beat += 1
      same.until = now + BANNER_MS
    } else {
      this.queued.push({ key, by: gifted.by, gift: gifted.gift, combo: gifted.combo, until: 0, beat: 0 })
      if (this.queued.length > BANNERS_QUEUED_MAX) this.queued.shift()
    }
    this.advance(now)
  }

  /** Drops banners whose time is over and shows queued ones instead. True if anything changed. */
  advance(now: number): boolean {
    const staying = this.shown.filter((banner) => banner.until > now)
    let changed = staying.length !== this.shown.length
    this.shown = staying
    while (this.shown.length < BANNERS_SHOWN_MAX) {
      const next = this.queued.shift()
      if (!next) break
      next.until = now + BANNER_MS
      this.shown.push(next)
      changed = true
    }
    return changed
  }
}
