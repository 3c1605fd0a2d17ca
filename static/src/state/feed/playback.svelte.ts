import { settings } from '../site/settings.svelte'

/** Between two reports of an element's time, as browsers send them while it plays. A longer step is a jump. */
const STEP_S_MAX = 1
const END_S = 0.25
/** A video that is left goes back to its beginning once it is off the screen. */
const REWIND_MS = 600

export const SPEEDS = [0.5, 1, 1.5, 2] as const

/** Plays one video, and counts how long it was really watched. */
export class Playback {
  paused = $state(false)
  /** The browser refused to begin with sound: it stays off until a tap. */
  blocked = $state(false)
  /** From 0 to 1. */
  progress = $state(0)
  watchedMs = 0
  #element: HTMLVideoElement | null = null
  #last = 0
  #rewinding = 0

  get silent(): boolean {
    return !settings.sound || this.blocked
  }

  /** The slide comes on the screen. Says nothing if it is there already. */
  begin(element: HTMLVideoElement): void {
    if (this.#element === element) return
    clearTimeout(this.#rewinding)
    this.#element = element
    this.paused = false
    this.watchedMs = this.progress = 0
    if (element.currentTime > END_S) element.currentTime = 0
    this.#last = element.currentTime
    void this.#play()
  }

  /** The slide left the screen. */
  end(): void {
    const element = this.#element
    if (!element) return
    this.#element = null
    element.pause()
    this.progress = 0
    // Not at once: it can still be seen while it moves away.
    this.#rewinding = setTimeout(() => (element.currentTime = 0), REWIND_MS) as unknown as number
  }

  async #play(): Promise<void> {
    const element = this.#element
    if (!element) return
    try {
      await element.play()
    } catch (error) {
      if (!(error instanceof DOMException) || error.name !== 'NotAllowedError' || element.muted) return
      this.blocked = true
      element.muted = true
      await element.play().catch(() => (this.paused = true))
    }
  }

  toggle(): void {
    if (!this.#element) return
    this.paused = !this.#element.paused
    if (this.paused) this.#element.pause()
    else void this.#play()
  }

  toggleSound(): void {
    if (!this.silent) return settings.setSound(false)
    this.blocked = false
    settings.setSound(true)
    if (this.#element) this.#element.muted = false
  }

  /** Called as time passes. True when the end was reached, or passed by a loop. */
  passed(): boolean {
    const element = this.#element
    if (!element) return false
    const now = element.currentTime
    const step = now - this.#last
    this.#last = now
    this.progress = element.duration ? now / element.duration : 0
    if (document.hidden) return false
    if (step > 0 && step < STEP_S_MAX * element.playbackRate) this.watchedMs += (step * 1000) / element.playbackRate
    return this.watchedMs > 0 && (step < -2 * END_S || (element.duration > 0 && now > element.duration - END_S))
  }

  /** `to`: from 0 to 1. */
  seek(to: number): void {
    if (this.#element?.duration) this.#element.currentTime = this.#last = to * this.#element.duration
    this.progress = to
  }
}
