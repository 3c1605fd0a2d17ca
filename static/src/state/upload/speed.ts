const WINDOW_MS = 4000

/** Bytes per second over the last seconds. The first reading sets the start, because a resumed upload is not at 0. */
export class Speed {
  #marks: { at: number; bytes: number }[] = []

  add(at: number, bytes: number): void {
    this.#marks.push({ at, bytes })
    while (this.#marks.length > 2 && at - this.#marks[0]!.at > WINDOW_MS) this.#marks.shift()
  }

  get bytesPerSecond(): number {
    const first = this.#marks[0]
    const last = this.#marks.at(-1)
    if (!first || !last || last.at <= first.at) return 0
    return Math.max(0, ((last.bytes - first.bytes) * 1000) / (last.at - first.at))
  }
}
