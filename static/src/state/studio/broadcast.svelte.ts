/** Sending the captured stream to the server, in several qualities or one. */
import type { Problem } from '../../api/problem'
import type { Qualities } from '../../rtc/layers'
import { Publisher, type PublishOptions, type PublishState } from '../../rtc/whip'

export interface BroadcastCalls {
  state(state: PublishState): void
  refused(problem: Problem): void
}

export class Broadcast {
  state = $state<PublishState>('stopped')
  /** Only the best quality is sent, because the streamer chose so while live. */
  oneQuality = $state(false)
  /** The streamer closed the hint that this machine is overworked. */
  hintDismissed = $state(false)
  #publisher: Publisher | null = null
  #qualities: Qualities = 'auto'
  #size = ''
  #lock: WakeLockSentinel | null = null

  constructor(readonly calls: BroadcastCalls) {
    addEventListener('pagehide', () => this.#publisher?.leave())
  }

  start(options: PublishOptions, stream: MediaStream): void {
    this.oneQuality = this.hintDismissed = false
    this.#qualities = options.qualities
    const calls = { state: (state: PublishState) => this.#changed(state), refused: (problem: Problem) => this.calls.refused(problem) }
    this.#publisher = new Publisher(options, calls, stream)
    this.#publisher.start()
    void this.#keepAwake()
  }

  /** Stops sending; `resume` goes on. The server ends the media session with the room, or when the publisher stays away. */
  pause(): void {
    this.#publisher?.leave()
  }
  resume(): void {
    this.#publisher?.start()
  }
  stop(): void {
    this.pause()
    this.#publisher = null
    this.state = 'stopped'
    void this.#lock?.release()
    this.#lock = null
  }

  async useStream(stream: MediaStream): Promise<void> {
    await this.#publisher?.use(stream)
  }

  async sendOneQuality(on: boolean): Promise<void> {
    this.oneQuality = on
    this.hintDismissed = false
    await this.#publisher?.send(on ? 'one' : this.#qualities)
  }
  dismissHint(): void {
    this.hintDismissed = true
  }

  async stats(): Promise<RTCStatsReport | null> {
    return (await this.#publisher?.stats()) ?? null
  }

  /** A shared window changes its size without an event. */
  followSize(stream: MediaStream | null): void {
    const { width, height } = stream?.getVideoTracks()[0]?.getSettings() ?? {}
    const size = `${width} ${height}`
    if (size !== this.#size) void this.#publisher?.fit()
    this.#size = size
  }

  #changed(state: PublishState): void {
    this.state = state
    this.calls.state(state)
  }

  async #keepAwake(): Promise<void> {
    this.#lock = (await navigator.wakeLock?.request('screen').catch(() => null)) ?? null
  }
}
