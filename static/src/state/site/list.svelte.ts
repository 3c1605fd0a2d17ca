import type { Page } from '../../api/http'
import { Problem } from '../../api/problem'

/** A list that is loaded page by page. */
export class Paged<T> {
  items = $state<T[]>([])
  loading = $state(false)
  problem = $state<Problem | null>(null)
  ended = $state(false)
  #cursor: string | null = null
  #generation = 0
  #loadingPage: Promise<void> | null = null

  constructor(private readonly read: (cursor: string | null) => Promise<Page<T>>) {}

  /** A list that is complete. */
  static of<T>(items: T[]): Paged<T> {
    const list = new Paged<T>(() => Promise.resolve({ items: [], next: null }))
    list.items = items
    list.ended = true
    return list
  }

  get empty(): boolean {
    return this.ended && this.items.length === 0
  }
  /** The first page is still on its way. */
  get waiting(): boolean {
    return this.items.length === 0 && !this.ended && !this.problem
  }

  /** Loads the next page. A call while a page is loading waits for that page. */
  more(): Promise<void> {
    if (this.loading && this.#loadingPage) return this.#loadingPage
    return this.ended ? Promise.resolve() : (this.#loadingPage = this.#next())
  }

  async #next(): Promise<void> {
    const generation = this.#generation
    this.loading = true
    this.problem = null
    try {
      const page = await this.read(this.#cursor)
      if (generation !== this.#generation) return
      this.items.push(...page.items)
      this.#cursor = page.next
      this.ended = page.next === null
    } catch (error) {
      if (generation === this.#generation) this.problem = Problem.from(error)
    } finally {
      if (generation === this.#generation) this.loading = false
    }
  }

  clear(): void {
    this.#generation += 1
    this.#cursor = null
    this.items = []
    this.ended = false
    this.loading = false
    this.problem = null
  }

  async reset(): Promise<void> {
    this.clear()
    await this.more()
  }
}
