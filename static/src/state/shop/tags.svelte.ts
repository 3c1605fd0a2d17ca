/** The products that are tagged in videos: asked for together for all slides that come near at once. */
import { SvelteMap } from 'svelte/reactivity'
import * as showing from '../../api/shop/showing'
import type { ProductCard } from '../../api/shop/shop'

const WAIT_MS = 60
const VIDEOS_MAX = 30
/** Then it is asked for again: pieces are sold. */
const KEPT_MS = 60_000
const KEPT_MAX = 300

class Tags {
  readonly #found = new SvelteMap<string, ProductCard[]>()
  readonly #asked = new Map<string, number>()
  #wanted = new Set<string>()
  #timer: ReturnType<typeof setTimeout> | undefined

  of(video: string): ProductCard[] {
    return this.#found.get(video) ?? []
  }

  /** A video comes near. */
  want(video: string): void {
    if (Date.now() - (this.#asked.get(video) ?? -KEPT_MS) < KEPT_MS) return
    this.#wanted.add(video)
    this.#timer ??= setTimeout(() => void this.#load(), WAIT_MS)
  }
  /** They have just been changed. */
  put(video: string, products: ProductCard[]): void {
    this.#asked.set(video, Date.now())
    this.#found.set(video, products)
  }

  async #load(): Promise<void> {
    this.#timer = undefined
    const videos = [...this.#wanted].slice(0, VIDEOS_MAX)
    if (!videos.length) return
    this.#wanted = new Set([...this.#wanted].slice(VIDEOS_MAX))
    if (this.#asked.size > KEPT_MAX) {
      this.#asked.clear()
      this.#found.clear()
    }
    for (const video of videos) this.#asked.set(video, Date.now())
    try {
      const { items } = await showing.tagged(videos)
      const by = new Map(items.map((one) => [one.video, one.products]))
      for (const video of videos) {
        const products = by.get(video)
        if (products) this.#found.set(video, products)
        else this.#found.delete(video)
      }
    } catch {
      // The videos play without their products; the next slide asks again.
      for (const video of videos) this.#asked.delete(video)
    }
    if (this.#wanted.size) this.#timer ??= setTimeout(() => void this.#load(), WAIT_MS)
  }
}

export const tags = new Tags()
