/** Requests without an answer, in order. Every new connection sends them again with the same ids. */
import { Problem } from '../api/problem'
import type { Asked, Ok, Refused } from './messages'

export const UNANSWERED_MAX = 100

interface Waiting {
  message: Asked
  resolve(ok: Ok): void
  reject(problem: Problem): void
}

export class Outbox {
  readonly #waiting = new Map<string, Waiting>()

  put(message: Asked): Promise<Ok> {
    if (this.#waiting.size >= UNANSWERED_MAX) return Promise.reject(new Problem('rate_exceeded', 'too much is waiting for an answer'))
    return new Promise((resolve, reject) => this.#waiting.set(message.id, { message, resolve, reject }))
  }

  unanswered(): Asked[] {
    return [...this.#waiting.values()].map((waiting) => waiting.message)
  }

  onAnswer(answer: Ok | Refused): void {
    if (answer.id === null) return
    const waiting = this.#waiting.get(answer.id)
    if (!waiting) return
    this.#waiting.delete(answer.id)
    if (answer.type === 'ok') waiting.resolve(answer)
    else waiting.reject(new Problem(answer.code, answer.detail, 0, (answer.wait_ms ?? 0) / 1000))
  }

  close(): void {
    for (const waiting of this.#waiting.values()) waiting.reject(new Problem('offline', 'the room was left'))
    this.#waiting.clear()
  }
}
