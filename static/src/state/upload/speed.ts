const WINDOW_MS = 4000

/** Bytes a second over the last seconds. A resumed upload starts far in: the first reading only sets the mark. */
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
