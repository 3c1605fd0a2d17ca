import * as api from '../../api/catalogue/feed'
import { Problem } from '../../api/problem'
import { toasts } from '../site/toasts.svelte'
import { feeds } from './feed.svelte'

/** What the feed believes this person likes. Whatever is changed here, the feed starts anew with it. */
export class Interests {
  personalised = $state(true)
  items = $state.raw<api.Interest[]>([])
  loaded = $state(false)
  problem = $state<Problem | null>(null)
  changing = $state(false)
  /** The interests of each kind, the strongest first, in the order of `KINDS`. */
  readonly kinds = $derived(byKind(this.items))

  async load(): Promise<void> {
    this.problem = null
    try {
      this.#show(await api.interests())
    } catch (error) {
      this.problem = Problem.from(error)
    }
  }

  /** Shown at once and undone if the server refuses. True if it is gone. */
  async remove(interest: api.Interest): Promise<boolean> {
    const before = this.items
    this.items = before.filter((one) => one !== interest)
    return this.#change(
      () => api.forgetInterest(interest),
      () => (this.items = before),
    )
  }

  async reset(): Promise<boolean> {
    const done = await this.#change(() => api.forgetInterests())
    if (done) this.items = []
    return done
  }

  async setPersonalised(on: boolean): Promise<boolean> {
    return this.#change(async () => this.#show(await api.setPersonalised(on)))
  }

  #show({ personalised, items }: api.Interests): void {
    this.personalised = personalised
    this.items = items
    this.loaded = true
  }

  async #change(act: () => Promise<unknown>, undo?: () => void): Promise<boolean> {
    this.changing = true
    try {
      await act()
      feeds.for_you.clear()
      return true
    } catch (error) {
      undo?.()
      toasts.problem(error)
      return false
    } finally {
      this.changing = false
    }
  }
}

export const KINDS = ['hashtag', 'creator', 'sound', 'language']

/** Pure. */
export function byKind(items: readonly api.Interest[]): { kind: string; items: api.Interest[] }[] {
  const kinds = [...KINDS, ...items.map(({ kind }) => kind).filter((kind) => !KINDS.includes(kind))]
  return [...new Set(kinds)]
    .map((kind) => ({ kind, items: items.filter((one) => one.kind === kind).sort((a, b) => b.weight - a.weight) }))
    .filter((group) => group.items.length > 0)
}
