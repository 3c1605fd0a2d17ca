/** Finds the face in a video, in a frame of its own and in its own time: pictures are drawn with the last face found. */
import { face, type Face, type Said } from './face'

/** The longer side of what is looked at; the tracker scales it to less. */
const LOOK_PX = 320
/** Loading takes 10 MB the first time. */
const START_MS_MAX = 60_000

export interface TrackerCalls {
  failed(): void
}

export class FaceTracker {
  face: Face | null = null
  /** How long the last look took, in ms. */
  ms = 0
  readonly #frame = document.createElement('iframe')
  readonly #timer: number
  #ready = false
  #busy = false
  #size = { width: 1, height: 1 }

  constructor(readonly calls: TrackerCalls) {
    this.#frame.sandbox.add('allow-scripts')
    this.#frame.src = '/face.html'
    this.#frame.title = 'face'
    this.#frame.hidden = true
    this.#frame.ariaHidden = 'true'
    addEventListener('message', this.#heard)
    document.body.append(this.#frame)
    this.#timer = window.setTimeout(() => this.#ready || calls.failed(), START_MS_MAX)
  }

  /** Looks at the video's picture, unless it still looks at an earlier one. */
  look(video: HTMLVideoElement): void {
    if (!this.#ready || this.#busy) return
    this.#busy = true
    const { videoWidth: width, videoHeight: height } = video
    const scale = Math.min(1, LOOK_PX / Math.max(width, height))
    createImageBitmap(video, { resizeWidth: Math.round(width * scale), resizeHeight: Math.round(height * scale) }).then(
      (picture) => {
        this.#size = { width, height }
        this.#frame.contentWindow?.postMessage({ picture }, '*', [picture])
      },
      () => (this.#busy = false),
    )
  }

  close(): void {
    clearTimeout(this.#timer)
    removeEventListener('message', this.#heard)
    this.#frame.remove()
  }

  readonly #heard = ({ source, data }: MessageEvent<Said>): void => {
    if (source !== this.#frame.contentWindow) return
    if ('ready' in data) this.#ready = true
    else if ('failed' in data) this.calls.failed()
    else {
      this.#busy = false
      this.ms = data.ms
      this.face = data.points && face(data.points, this.#size.width, this.#size.height)
    }
  }
}
