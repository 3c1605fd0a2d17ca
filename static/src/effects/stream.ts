/** A camera's stream with an effect over its picture. Its sound is the camera's own. */
import type { Effect } from './effect'
import { FaceTracker } from './face/tracker'
import { Pace } from './pace'
import { Renderer } from './renderer'

export interface EffectCalls {
  /** Drawing does not keep up, or the browser took the graphics away. */
  failed(): void
  /** About once a second: how long one picture took, and how long one look for a face (0 without), in ms. */
  took(ms: number, faceMs: number): void
}

const MEASURE_EVERY_MS = 1_000

export class EffectStream {
  readonly stream: MediaStream
  readonly #video = document.createElement('video')
  readonly #renderer: Renderer
  readonly #pace = new Pace()
  #tracker: FaceTracker | null = null
  #next = 0
  #measured = 0
  #closed = false

  /** Resolves when there is a picture. Rejects where there is no WebGL 2. */
  static async over(source: MediaStream, effect: Effect, calls: EffectCalls): Promise<EffectStream> {
    const made = new EffectStream(source, calls)
    try {
      made.use(effect)
      await made.#video.play()
      made.#draw()
    } catch (error) {
      made.close()
      throw error
    }
    made.#wait()
    return made
  }

  private constructor(source: MediaStream, readonly calls: EffectCalls) {
    this.#renderer = new Renderer(document.createElement('canvas'))
    this.#video.muted = this.#video.playsInline = true
    this.#video.srcObject = new MediaStream(source.getVideoTracks())
    const [picture] = this.#renderer.canvas.captureStream().getVideoTracks()
    if (picture) picture.contentHint = 'motion'
    this.stream = new MediaStream([...(picture ? [picture] : []), ...source.getAudioTracks()])
  }

  use(effect: Effect): void {
    this.#renderer.use(effect)
    const worn = effect.stickers?.some(({ face }) => face) ?? false
    if (!worn) {
      this.#tracker?.close()
      this.#tracker = null
    } else this.#tracker ??= new FaceTracker({ failed: () => this.calls.failed() })
  }

  /** The camera goes on. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#video.cancelVideoFrameCallback(this.#next)
    this.#video.srcObject = null
    this.#tracker?.close()
    for (const track of this.stream.getVideoTracks()) track.stop()
    this.#renderer.close()
  }

  #wait(): void {
    this.#next = this.#video.requestVideoFrameCallback((now, { presentedFrames }) => {
      if (this.#closed) return
      if (this.#renderer.lost || this.#pace.tooSlow(presentedFrames, now)) return this.calls.failed()
      this.#draw()
      this.#wait()
    })
  }

  #draw(): void {
    const { videoWidth, videoHeight } = this.#video
    const began = performance.now()
    if (videoWidth) {
      this.#tracker?.look(this.#video)
      this.#renderer.draw(this.#video, videoWidth, videoHeight, began / 1000, this.#tracker?.face)
    }
    if (began - this.#measured < MEASURE_EVERY_MS) return
    this.#measured = began
    this.#renderer.finish()
    this.calls.took(performance.now() - began, this.#tracker?.ms ?? 0)
  }
}
