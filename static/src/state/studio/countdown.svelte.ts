const COUNT_FROM = 3

/** The 3-2-1 before going live. */
export class Countdown {
  left = $state(0)
  #timer = 0

  start(done: () => void): void {
    this.left = COUNT_FROM
    this.#timer = window.setInterval(() => {
      this.left -= 1
      if (this.left > 0) return
      this.cancel()
      done()
    }, 1000)
  }

  cancel(): void {
    clearInterval(this.#timer)
  }
}
