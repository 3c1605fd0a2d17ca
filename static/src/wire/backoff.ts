/** The wait before the next attempt: exponential, capped, with jitter so that clients do not all return at once. */
export class Backoff {
  #attempt = 0

  constructor(
    readonly firstMs = 400,
    readonly capMs = 15_000,
    readonly random: () => number = Math.random,
  ) {}

  next(): number {
    const full = Math.min(this.capMs, this.firstMs * 2 ** this.#attempt)
    this.#attempt += 1
    return Math.round(full * (0.5 + this.random() / 2))
  }

  reset(): void {
    this.#attempt = 0
  }
}
