/** A clip recorded here, from the camera with its effect: the same picture that is shown. */
import type { Effect } from '../../effects/effect'
import { Capture } from '../studio/capture.svelte'

/** The longest clip. Longer videos are uploaded. */
export const CLIP_MS_MAX = 60_000
/** The shortest one that is kept: a press that was not meant makes no clip. */
const CLIP_MS_MIN = 500
const LOOK_MS = 100
const TYPES = ['video/mp4;codecs=avc1,mp4a.40.2', 'video/webm;codecs=vp9,opus', 'video/webm;codecs=vp8,opus', 'video/webm']

export class Recording {
  /** How long it has been recording, in ms; null while it is not. */
  ms = $state<number | null>(null)
  readonly capture: Capture
  #open = true
  #recorder: MediaRecorder | null = null
  #timer = 0

  /** `made` is called with each clip, and the effect that was on at its beginning. */
  constructor(readonly made: (file: File, effect: Effect | null) => void) {
    this.capture = new Capture({
      onAir: () => false,
      needed: () => this.#open,
      captured: async (stream) => this.#changed(stream),
    })
    if (this.capture.wanted.source !== 'camera') this.capture.wanted.source = 'camera'
  }

  start(): void {
    const shown = this.capture.shown
    if (!shown || this.#recorder) return
    const effect = this.capture.effects.chosen
    const type = TYPES.find((one) => MediaRecorder.isTypeSupported(one))
    const recorder = new MediaRecorder(shown, type ? { mimeType: type } : {})
    const pieces: Blob[] = []
    const began = performance.now()
    recorder.ondataavailable = ({ data }) => void (data.size > 0 && pieces.push(data))
    recorder.onstop = () => {
      this.#ended()
      if (!this.#open || performance.now() - began < CLIP_MS_MIN) return
      const container = recorder.mimeType.split(';')[0] || 'video/webm'
      this.made(new File(pieces, `clip.${container === 'video/mp4' ? 'mp4' : 'webm'}`, { type: container }), effect)
    }
    recorder.start(1_000)
    this.#recorder = recorder
    this.capture.effects.fixed = true
    this.ms = 0
    this.#timer = window.setInterval(() => {
      this.ms = performance.now() - began
      if (this.ms >= CLIP_MS_MAX) this.stop()
    }, LOOK_MS)
  }

  stop(): void {
    if (this.#recorder?.state === 'recording') this.#recorder.stop()
  }

  /** The effect was dropped, or the tab hidden: the picture that is recorded has ended, and so does the clip. */
  #changed(stream: MediaStream): void {
    if (stream !== this.#recorder?.stream) this.stop()
  }

  #ended(): void {
    clearInterval(this.#timer)
    this.#recorder = null
    this.ms = null
    this.capture.effects.fixed = false
  }

  /** The page closes: nothing is kept. */
  close(): void {
    this.#open = false
    this.stop()
    this.capture.release()
  }
}
