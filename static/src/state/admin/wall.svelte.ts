/** The live wall, read every two seconds while its page is open. */
import * as api from '../../api/moderation/machine'
import { Problem } from '../../api/problem'

const POLL_MS = 2000

export class WallState {
  rooms = $state.raw<api.WallRoom[]>([])
  loaded = $state(false)
  problem = $state<Problem | null>(null)
  /** Rooms stopped on this page. The server may list them a moment longer. */
  readonly #stopped = new Set<string>()

  /** Starts reading. Call the returned function to stop. */
  start(): () => void {
    const stop = new AbortController()
    void this.#read(stop.signal)
    const timer = setInterval(() => {
      if (!document.hidden) void this.#read(stop.signal)
    }, POLL_MS)
    return () => {
      clearInterval(timer)
      stop.abort()
    }
  }

  async stop(room: string, statement: api.Stop): Promise<void> {
    await api.stop(room, statement)
    this.#stopped.add(room)
    this.rooms = this.rooms.filter((one) => one.room !== room)
  }

  async #read(signal: AbortSignal): Promise<void> {
    try {
      const wall = await api.wall(signal)
      this.rooms = wall.items.filter((one) => !this.#stopped.has(one.room))
      this.loaded = true
      this.problem = null
    } catch (error) {
      const problem = Problem.from(error)
      if (problem.code !== 'aborted') this.problem = problem
    }
  }
}
