import { send, type Answer, type Item } from './operation'

export type Room = Answer<'get', '/api/rooms/{room}'>
export type RoomStatus = Room['state']
export type Health = Answer<'get', '/api/rooms/{room}/health'>
export type HealthLayer = Health['layers'][number]
export type Giver = Item<'/api/rooms/{room}/givers'>
/** What durably happens in a room; the chat's socket sends the same events. */
export type RoomEvent = Item<'/api/rooms/{room}/events'>
export interface RoomFilter {
  state?: RoomStatus
  host?: string
  cursor?: string | null
  limit?: number
}

const at = (room: string) => ({ path: { room } })

export const openRoom = (title: string) => send('post', '/api/rooms', { body: { title } })
export const rooms = (filter: RoomFilter, signal?: AbortSignal) => send('get', '/api/rooms', { query: { ...filter }, signal })
export const room = (id: string, signal?: AbortSignal) => send('get', '/api/rooms/{room}', { ...at(id), signal })
export const retitle = (id: string, title: string) => send('patch', '/api/rooms/{room}', { ...at(id), body: { title } })
export const endRoom = (id: string) => send('delete', '/api/rooms/{room}', at(id))
export const newStreamKey = () => send('post', '/api/stream-key')
export const health = (id: string) => send('get', '/api/rooms/{room}/health', at(id))
export const givers = (id: string, limit: number) => send('get', '/api/rooms/{room}/givers', { ...at(id), query: { limit } })
export const roomEvents = (id: string, after: number, limit = 100) =>
  send('get', '/api/rooms/{room}/events', { ...at(id), query: { after, limit } })
