import { SvelteMap } from 'svelte/reactivity'
import * as people from '../../api/people'
import { session } from './session.svelte'
import { toasts } from '../site/toasts.svelte'

/** Whom the person follows, as far as anything on the screen needed to know. */
class Follows {
  readonly #known = new SvelteMap<string, boolean>()
  readonly #asking = new Set<string>()

  /** Undefined while it is not known. */
  of(handle: string): boolean | undefined {
    return this.#known.get(handle)
  }

  note(handle: string, followed: boolean): void {
    this.#known.set(handle, followed)
  }

  async look(handle: string): Promise<void> {
    if (!session.me || session.me.handle === handle || this.#known.has(handle) || this.#asking.has(handle)) return
    this.#asking.add(handle)
    try {
      this.note(handle, (await people.profile(handle)).followed)
    } catch {
      // The button simply stays as it is.
    } finally {
      this.#asking.delete(handle)
    }
  }

  /** Shown at once, taken back if the server says no. True when it held. */
  async set(handle: string, on: boolean): Promise<boolean> {
    if (!session.allows('follow')) return false
    const before = this.#known.get(handle) ?? false
    this.note(handle, on)
    try {
      await people.follow(handle, on)
      return true
    } catch (error) {
      this.note(handle, before)
      toasts.problem(error)
      return false
    }
  }
}

export const follows = new Follows()
