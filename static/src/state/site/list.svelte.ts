import type { Page } from '../../api/http'
import { Problem } from '../../api/problem'

/** A list that comes page by page: empty, loading, failed, more or at its end. */
export class Paged<T> {
  items = $state<T[]>([])
  loading = $state(false)
  problem = $state<Problem | null>(null)
  ended = $state(false)
  #cursor: string | null = null
  #turn = 0
  #underWay: Promise<void> | null = null

  constructor(private readonly read: (cursor: string | null) => Promise<Page<T>>) {}

  get empty(): boolean {
    return this.ended && this.items.length === 0
  }
  /** Nothing to show yet, and no reason why. */
  get waiting(): boolean {
    return this.items.length === 0 && !this.ended && !this.problem
  }

  /** Who asks while a page is under way waits for that one. */
  more(): Promise<void> {
    if (this.loading && this.#underWay) return this.#underWay
    return this.ended ? Promise.resolve() : (this.#underWay = this.#next())
  }

  async #next(): Promise<void> {
    const turn = this.#turn
    this.loading = true
    this.problem = null
    try {
      const page = await this.read(this.#cursor)
      if (turn !== this.#turn) return
      this.items.push(...page.items)
      this.#cursor = page.next
      this.ended = page.next === null
    } catch (error) {
      if (turn === this.#turn) this.problem = Problem.from(error)
    } finally {
      if (turn === this.#turn) this.loading = false
    }
  }

  clear(): void {
    this.#turn += 1
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
