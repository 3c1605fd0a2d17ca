/** The streamer's own picture and sound: which devices, whether they deliver, and what went wrong. */
import { Problem } from '../../api/problem'
import type { Effect } from '../../effects/effect'
import * as rtc from '../../rtc/devices'
import { toasts } from '../site/toasts.svelte'
import { Effects } from './effects.svelte'
import { recallWishes, rememberWishes } from './wishes'

type Medium = 'video' | 'audio'
export interface CaptureCalls {
  /** Whether viewers see the current stream. */
  onAir(): boolean
  /** Whether a stream is still of use: capturing can take as long as the person takes to allow it. */
  needed(): boolean
  captured(stream: MediaStream): Promise<void>
  /** The picture has this effect from now on. */
  announce?(effect: Effect | null): Promise<void>
}
/** A track that delivers nothing for this long is reported. Some are silent for a moment after they start. */
const SILENT_MS = 2000

const stop = (stream: MediaStream | null) => stream?.getTracks().forEach((track) => track.stop())

export class Capture {
  wanted = $state<rtc.Wanted>(recallWishes())
  devices = $state.raw<rtc.Devices>({ cameras: [], microphones: [] })
  /** What the devices deliver. */
  stream = $state.raw<MediaStream | null>(null)
  /** What is shown and sent: the same, or with an effect over its picture. */
  shown = $state.raw<MediaStream | null>(null)
  problem = $state<Problem | null>(null)
  /** Its device was unplugged, or the sharing ended. */
  lost = $state<Medium | null>(null)
  /** Its device is there but delivers nothing: covered, or used by the system or another program. */
  silent = $state<Medium | null>(null)
  /** A device is being opened. */
  busy = $state(false)
  micOn = $state(true)
  camOn = $state(true)
  readonly effects = new Effects((stream) => this.#show(stream), (effect) => this.calls.announce?.(effect) ?? Promise.resolve())
  /** Counts attempts, so that a late stream of an earlier one is dropped. */
  #attempt = 0

  constructor(readonly calls: CaptureCalls) {
    navigator.mediaDevices?.addEventListener('devicechange', () => void this.#listDevices())
  }

  /** bit/s, for all qualities of the picture together */
  get bitrateMax(): number {
    return rtc.BITRATE[this.wanted.quality]
  }

  /** As in a mirror: only what shows the streamer's own side. */
  get mirrored(): boolean {
    return this.wanted.source === 'camera' && (this.wanted.camera !== '' || this.wanted.facing === 'user')
  }
  /** Phones have cameras on both sides. */
  get flips(): boolean {
    return this.wanted.source === 'camera' && this.devices.cameras.length > 1 && matchMedia('(pointer: coarse)').matches
  }

  async flip(): Promise<void> {
    if (!this.busy) await this.choose({ camera: '', facing: this.wanted.facing === 'user' ? 'environment' : 'user' })
  }

  start(): Promise<void> {
    return this.#start(this.wanted.source)
  }

  async choose(change: Partial<rtc.Wanted>): Promise<void> {
    const { source } = this.wanted
    Object.assign(this.wanted, change)
    rememberWishes(this.wanted)
    // The number of qualities does not change the picture itself.
    if (!('qualities' in change)) await this.#start(source)
  }

  toggleMic(): void {
    this.micOn = !this.micOn
    for (const track of this.stream?.getAudioTracks() ?? []) track.enabled = this.micOn
  }
  toggleCam(): void {
    this.camOn = !this.camOn
    for (const track of this.stream?.getVideoTracks() ?? []) track.enabled = this.camOn
  }

  release(): void {
    stop(this.stream)
    this.effects.release()
    this.stream = this.shown = null
    this.lost = this.silent = null
  }

  async #start(sourceBefore: rtc.Source): Promise<void> {
    const attempt = ++this.#attempt
    this.problem = null
    this.busy = true
    const before = this.stream
    // Many cameras serve one stream at a time, so we release the old one first, unless viewers are watching it.
    if (!this.calls.onAir()) this.release()
    try {
      const stream = await this.#capture(before)
      if (attempt !== this.#attempt || !this.calls.needed()) return stop(stream)
      this.#use(stream)
      const shown = await this.#withEffect(stream)
      if (shown) await this.#show(shown)
      if (before !== stream) stop(before)
    } catch (error) {
      if (attempt !== this.#attempt) return
      this.#failed(error, before, sourceBefore)
    } finally {
      if (attempt === this.#attempt) this.busy = false
    }
    await this.#listDevices()
  }

  /** A screen is shown as it is. */
  async #withEffect(stream: MediaStream): Promise<MediaStream | null> {
    if (this.wanted.source === 'camera') {
      await this.effects.name(true)
      return await this.effects.over(stream)
    }
    this.effects.release()
    await this.effects.name(false)
    return stream
  }

  async #show(stream: MediaStream): Promise<void> {
    this.shown = stream
    await this.calls.captured(stream)
  }

  /** Some phones open the camera on one side only after that on the other is closed. */
  async #capture(before: MediaStream | null): Promise<MediaStream> {
    const wanted = $state.snapshot(this.wanted)
    try {
      return await rtc.capture(wanted)
    } catch (error) {
      const cameras = before?.getVideoTracks() ?? []
      if (Problem.from(error).code !== 'capture_busy' || wanted.source !== 'camera' || !this.calls.onAir() || !cameras.length) throw error
      for (const track of cameras) track.stop()
      return await rtc.capture(wanted)
    }
  }

  /** On air, viewers keep the old picture when there is no new one. */
  #failed(error: unknown, before: MediaStream | null, sourceBefore: rtc.Source): void {
    const problem = Problem.from(error)
    if (this.calls.onAir() && before && !this.lost) {
      this.wanted.source = sourceBefore
      if (problem.code !== 'capture_denied') toasts.problem(problem)
    } else this.problem = problem
  }

  #use(stream: MediaStream): void {
    this.stream = stream
    this.lost = this.silent = null
    for (const track of stream.getTracks()) this.#watch(track, stream)
  }

  #watch(track: MediaStreamTrack, stream: MediaStream): void {
    const medium: Medium = track.kind === 'video' ? 'video' : 'audio'
    track.enabled = medium === 'video' ? this.camOn : this.micOn
    track.addEventListener('ended', () => {
      if (this.stream === stream) this.lost = medium
    })
    track.addEventListener('mute', () => setTimeout(() => this.#report(track, medium, stream), SILENT_MS))
    track.addEventListener('unmute', () => {
      if (this.stream === stream && this.silent === medium) this.silent = null
    })
  }

  #report(track: MediaStreamTrack, medium: Medium, stream: MediaStream): void {
    if (this.stream === stream && track.muted && track.readyState === 'live') this.silent = medium
  }

  async #listDevices(): Promise<void> {
    this.devices = await rtc.devices().catch(() => this.devices)
  }
}
