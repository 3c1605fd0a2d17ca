/** The last minute of what a node carries, read once a second while somebody looks. */
import * as api from '../../api/overview'
import { Problem } from '../../api/problem'
import { endRoom } from '../../api/rooms'
import { lossOf, point, type Point, type Reading } from './load'

const POLL_MS = 1000
const POINTS_MAX = 60

export interface LiveRoom extends api.RoomOverview {
  /** share of the publisher's packets, 0 to 1 */
  loss: number
  /** bit/s over the last minute */
  bitrates: number[]
}

export class OverviewState {
  now = $state.raw<api.Overview | null>(null)
  rooms = $state.raw<LiveRoom[]>([])
  points = $state.raw<Point[]>([])
  problem = $state<Problem | null>(null)
  #before: Reading | null = null
  #stop: AbortController | null = null
  /** Rooms that were ended here, which the server may show a moment longer. */
  readonly #ended = new Set<string>()

  /** Reads until the function it gives is called. */
  start(): () => void {
    const stop = (this.#stop = new AbortController())
    void this.#read(stop.signal)
    const timer = setInterval(() => {
      if (!document.hidden && !this.#reading) void this.#read(stop.signal)
    }, POLL_MS)
    return () => {
      clearInterval(timer)
      stop.abort()
    }
  }

  async again(): Promise<void> {
    if (this.#stop) await this.#read(this.#stop.signal)
  }

  async end(room: string): Promise<void> {
    await endRoom(room)
    this.#ended.add(room)
    this.rooms = this.rooms.filter((one) => one.room !== room)
  }

  #reading = false
  async #read(signal: AbortSignal): Promise<void> {
    this.#reading = true
    try {
      const overview = await api.overview(signal)
      this.#take({ at: performance.now(), overview })
      this.problem = null
    } catch (error) {
      const problem = Problem.from(error)
      if (problem.code !== 'aborted') this.problem = problem
    } finally {
      this.#reading = false
    }
  }

  #take(reading: Reading): void {
    const before = this.#before
    const bitrates = new Map(this.rooms.map((one) => [one.room, one.bitrates]))
    this.points = [...this.points, point(before, reading)].slice(-POINTS_MAX)
    this.rooms = reading.overview.rooms
      .filter((one) => !this.#ended.has(one.room))
      .map((one) => ({
        ...one,
        loss: lossOf(before?.overview ?? null, one),
        bitrates: [...(bitrates.get(one.room) ?? []), one.health.bitrate_bps].slice(-POINTS_MAX),
      }))
    this.now = reading.overview
    this.#before = reading
  }
}
