/** How the live does, over the last minute: what this machine sends, and what the server receives and passes on. */
import * as rooms from '../../api/rooms'
import { counters, overworked, sample, type Counters, type Sample } from '../../rtc/stats'
import type { RoomState } from '../room/room.svelte'

const SAMPLE_MS = 1000
const SAMPLES_MAX = 60
const READ_MS = 3000

export class StreamHealth {
  samples = $state.raw<Sample[]>([])
  /** What the server receives, and how many watch each quality. */
  server = $state.raw<rooms.Health | null>(null)
  viewers = $state.raw<number[]>([])
  #before: Counters | null = null
  #sampler = 0
  #reader = 0

  /** The machine cannot keep up, and sending fewer qualities would help. */
  get overworked(): boolean {
    return (this.samples.at(-1)?.layers.length ?? 0) > 1 && overworked(this.samples)
  }

  /** Reads the server's numbers. `elsewhere`: another program publishes, so they are the only ones. */
  watch(room: RoomState, elsewhere: boolean): void {
    this.stop()
    this.samples = []
    this.viewers = []
    this.server = null
    this.#reader = window.setInterval(() => void this.#read(room, elsewhere), READ_MS)
  }

  /** Reads this machine's own counters. */
  measure(stats: () => Promise<RTCStatsReport | null>): void {
    this.#sampler = window.setInterval(() => void this.#sample(stats), SAMPLE_MS)
  }

  /** A new media session counts from zero. */
  restart(): void {
    this.#before = null
  }

  stop(): void {
    clearInterval(this.#sampler)
    clearInterval(this.#reader)
    this.#reader = 0
  }

  async #sample(stats: () => Promise<RTCStatsReport | null>): Promise<void> {
    const report = await stats()
    if (!report) return
    const now = counters(report as unknown as Iterable<[string, never]>)
    const rates = sample(this.#before, now)
    this.#before = now
    if (rates) this.#add(rates)
  }

  async #read(room: RoomState, elsewhere: boolean): Promise<void> {
    if (room.status === 'ended') return
    const reader = this.#reader
    try {
      const health = await rooms.health(room.id)
      if (reader !== this.#reader) return
      this.server = health
      this.viewers = [...this.viewers, health.viewers].slice(-SAMPLES_MAX)
      if (health.publishing && elsewhere) this.#add(sampleOf(health))
    } catch {
      // The next reading is three seconds away.
    }
  }

  #add(rates: Sample): void {
    this.samples = [...this.samples, rates].slice(-SAMPLES_MAX)
  }
}

function sampleOf(health: rooms.Health): Sample {
  return {
    bitrate: health.bitrate_bps,
    framesPerSecond: health.frames_per_second,
    loss: health.packets ? health.lost / (health.packets + health.lost) : 0,
    roundTripMs: health.round_trip_ms ?? 0,
    width: health.width ?? 0,
    height: health.height ?? 0,
    limit: 'unknown',
    layers: [],
  }
}
