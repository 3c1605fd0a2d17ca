/** What a node carries: for moderators. */
import { get } from './http'
import type { Person } from './people'
import type { Health } from './rooms'

export interface Overview {
  /** What sends to the viewers, in a word for people. */
  fanout: string
  cpu_percent: number
  publishers: number
  viewers: number
  viewers_losing: number
  /** Totals since the node's start, as everything that ends in `_in` or `_out`. */
  packets_in: number
  packets_out: number
  bytes_in?: number
  bytes_out?: number
  rooms: RoomOverview[]
}
export interface RoomOverview {
  room: string
  title: string
  host: Person
  health: Health
}

export const overview = (signal?: AbortSignal) => get<Overview>('/api/media', signal)
