import { confirming as hook } from '../../api/http'

/** While the person is asked to confirm that it is them: what waits for the answer. */
class Confirming {
  #waiting = $state.raw<((done: boolean) => void)[]>([])

  constructor() {
    hook.ask = () => new Promise((done) => (this.#waiting = [...this.#waiting, done]))
  }

  get open(): boolean {
    return this.#waiting.length > 0
  }

  settle(done: boolean): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const one of waiting) one(done)
  }
}

export const confirming = new Confirming()
