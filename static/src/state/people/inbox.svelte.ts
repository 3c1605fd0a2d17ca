/** How much is unread, kept up to date by one connection per tab, which is loaded after the first page. */
import { session } from './session.svelte'

class Inbox {
  unread = $state(0)
  /** Grows with every change: what is shown of the inbox is to be read again. */
  version = $state(0)
  #stop: (() => void) | null = null
  #listening = false

  /** Call it in an effect: it follows who is signed in. */
  follow(): void {
    const person = session.me?.id
    if (person && !this.#listening) void this.#listen()
    else if (!person) this.#end()
  }

  async #listen(): Promise<void> {
    this.#listening = true
    try {
      const { listen } = await import('../inbox/connection')
      if (this.#listening) this.#stop = listen((unread, version) => Object.assign(this, { unread, version }))
    } catch {
      this.#listening = false
    }
  }

  #end(): void {
    this.#stop?.()
    this.#stop = null
    this.#listening = false
    this.unread = 0
  }
}

export const inbox = new Inbox()
