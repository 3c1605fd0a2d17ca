/** Gifts over the picture: banners that slide in, and big gifts that fill the screen one after another. */
import type { Gifted } from '../../chat/kinds/gifted'
import { Banners, BIG_GIFT_COINS, type Banner } from './banners'

const SPECTACLES_MAX = 12
const SPECTACLE_MS = 3000
const BANNERS_EVERY_MS = 200

export interface Spectacle {
  seq: number
  gift: string
  by: string
}

export class Celebration {
  banners = $state.raw<Banner[]>([])
  spectacle = $state.raw<Spectacle | null>(null)
  readonly #queue = new Banners()
  #waiting: Spectacle[] = []
  #timer = 0

  add(gifted: Gifted): void {
    this.#queue.add(gifted, Date.now())
    this.banners = this.#snapshot()
    this.#timer ||= window.setInterval(() => this.#advance(), BANNERS_EVERY_MS)
    if (gifted.coins < BIG_GIFT_COINS || this.#waiting.length >= SPECTACLES_MAX) return
    this.#waiting.push({ seq: gifted.seq, gift: gifted.gift, by: gifted.by?.name || gifted.by?.handle || '' })
    if (!this.spectacle) this.#nextSpectacle()
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #advance(): void {
    if (this.#queue.advance(Date.now())) this.banners = this.#snapshot()
    if (this.#queue.shown.length > 0) return
    clearInterval(this.#timer)
    this.#timer = 0
  }

  /** Copies, because the queue changes its banners while components draw them. */
  #snapshot(): Banner[] {
    return this.#queue.shown.map((banner) => ({ ...banner }))
  }

  #nextSpectacle(): void {
    this.spectacle = this.#waiting.shift() ?? null
    if (this.spectacle) setTimeout(() => this.#nextSpectacle(), SPECTACLE_MS)
  }
}
