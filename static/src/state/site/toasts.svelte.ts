import { Problem } from '../../api/problem'
import { i18n } from '../../i18n/index.svelte'

interface Toast {
  id: number
  text: string
  bad: boolean
}
const SHOWN_MS = 4500
const SHOWN_MAX = 3

class Toasts {
  items = $state<Toast[]>([])
  #last = 0

  say(text: string, bad = false): void {
    const id = ++this.#last
    this.items = [...this.items.filter((toast) => toast.text !== text), { id, text, bad }].slice(-SHOWN_MAX)
    setTimeout(() => (this.items = this.items.filter((toast) => toast.id !== id)), SHOWN_MS)
  }

  async #tell(problem: Problem): Promise<void> {
    await i18n.loadErrors()
    this.say(i18n.problem(problem), true)
  }
  problem(error: unknown): void {
    const problem = Problem.from(error)
    if (problem.code !== 'aborted') void this.#tell(problem)
  }
}

export const toasts = new Toasts()
