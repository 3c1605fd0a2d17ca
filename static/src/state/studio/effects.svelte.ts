/** The effect over the streamer's own picture. */
import type { Effect } from '../../effects/effect'
import type { EffectStream } from '../../effects/stream'
import { i18n } from '../../i18n/index.svelte'
import { toasts } from '../site/toasts.svelte'

/** What one second of drawing cost, for each picture. */
export interface EffectCost {
  ms: number
  faceMs: number
}
const COSTS_MAX = 60

export class Effects {
  chosen = $state.raw<Effect | null>(null)
  /** How long one picture takes, in ms; 0 while none is drawn. */
  ms = $state(0)
  /** How long one look for a face takes, in ms; 0 while there is none. */
  faceMs = $state(0)
  /** Once a second, the last one last. */
  costs = $state.raw<EffectCost[]>([])
  /** Fixed while a clip is recorded, which names one sponsor. */
  fixed = $state(false)
  #camera: MediaStream | null = null
  #drawn: EffectStream | null = null
  /** Counts calls, so that a late result of an earlier one is dropped. */
  #attempt = 0

  /**
   * `changed` is called with what has to be shown and sent from now on; `announce` before that, with who is to be named
   * from now on: what it rejects is not drawn.
   */
  constructor(
    readonly changed: (stream: MediaStream) => Promise<void>,
    readonly announce: (effect: Effect | null) => Promise<void> = async () => undefined,
  ) {
    // Browsers draw nothing in a hidden tab: viewers rather see the camera than a picture that stands still.
    document.addEventListener('visibilitychange', () => void this.#again())
  }

  async choose(effect: Effect | null): Promise<void> {
    if (effect?.sponsor) {
      try {
        await this.announce(effect)
      } catch (error) {
        toasts.problem(error)
        return
      }
    }
    const before = this.chosen
    this.chosen = effect
    await this.#again()
    if (before?.sponsor && !effect?.sponsor) await this.announce(null).catch(() => undefined)
  }

  /** The sponsor of the chosen effect is named while it is drawn, and not while a screen is shown instead. */
  async name(drawn: boolean): Promise<void> {
    if (!this.chosen?.sponsor) return
    try {
      await this.announce(drawn ? this.chosen : null)
    } catch {
      if (drawn) this.chosen = null
    }
  }

  /** The camera's stream with the effect, or itself if there is none. Null if another call came in between. */
  async over(camera: MediaStream): Promise<MediaStream | null> {
    const attempt = ++this.#attempt
    const effect = this.chosen
    if (this.#camera !== camera || !effect || document.hidden) this.#stop()
    this.#camera = camera
    if (!effect || document.hidden) return camera
    if (this.#drawn) this.#drawn.use(effect)
    else {
      const drawn = await this.#draw(camera, effect)
      if (attempt !== this.#attempt) {
        drawn?.close()
        return null
      }
      this.#drawn = drawn
    }
    return this.#drawn?.stream ?? camera
  }

  release(): void {
    this.#attempt += 1
    this.#camera = null
    this.#stop()
  }

  async #draw(camera: MediaStream, effect: Effect): Promise<EffectStream | null> {
    try {
      const { EffectStream } = await import('../../effects/stream')
      return await EffectStream.over(camera, effect, { failed: () => this.#failed(), took: (ms, faceMs) => this.#took(ms, faceMs) })
    } catch {
      this.chosen = null
      toasts.say(i18n.t.effects.missing, true)
      return null
    }
  }

  #took(ms: number, faceMs: number): void {
    Object.assign(this, { ms, faceMs })
    this.costs = [...this.costs, { ms, faceMs }].slice(-COSTS_MAX)
  }

  #failed(): void {
    toasts.say(i18n.t.effects.slow, true)
    void this.choose(null)
  }

  async #again(): Promise<void> {
    const stream = this.#camera && (await this.over(this.#camera))
    if (stream) await this.changed(stream)
  }

  #stop(): void {
    this.#drawn?.close()
    this.#drawn = null
    this.ms = this.faceMs = 0
    this.costs = []
  }
}
