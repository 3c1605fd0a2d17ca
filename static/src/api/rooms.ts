import { call, get, query, segment, type Page } from './http'
import type { Layer } from './media'
import type { Person } from './people'

export type RoomStatus = 'idle' | 'live' | 'ended'
export interface Room {
  id: string
  title: string
  state: RoomStatus
  host: Person
  viewers: number
  viewers_peak: number
  likes: number
  coins: number
  created_at: number
  started_at: number | null
  ended_at: number | null
  whep_url: string
  chat_url: string
  /** Only the host sees these two. */
  stream_key?: string
  whip_url?: string
}
export interface Health {
  publishing: boolean
  bitrate_bps: number
  frames_per_second: number
  packets: number
  lost: number
  round_trip_ms?: number
  codecs: string[]
  width?: number
  height?: number
  seconds: number
  viewers?: number
  /** Best first. */
  layers?: HealthLayer[]
}
export interface HealthLayer extends Layer {
  packets: number
  lost: number
  viewers: number
}
export interface Giver {
  by: Person
  coins: number
}
export interface RoomFilter {
  state?: RoomStatus
  host?: string
  cursor?: string | null
  limit?: number
}

const path = (id: string) => `/api/rooms/${segment(id)}`

export const openRoom = (title: string) => call<Room>('POST', '/api/rooms', { body: { title } })
export const rooms = (filter: RoomFilter, signal?: AbortSignal) => get<Page<Room>>(query('/api/rooms', { ...filter }), signal)
export const room = (id: string, signal?: AbortSignal) => get<Room>(path(id), signal)
export const retitle = (id: string, title: string) => call<Room>('PATCH', path(id), { body: { title } })
export const endRoom = (id: string) => call<Room>('DELETE', path(id))
export const health = (id: string) => get<Health>(`${path(id)}/health`)
export const givers = (id: string, limit: number) => get<Page<Giver>>(query(`${path(id)}/givers`, { limit }))
export const roomEvents = (id: string, after: number, limit = 100) => get<Page<unknown>>(query(`${path(id)}/events`, { after, limit }))
