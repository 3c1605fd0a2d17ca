/** The chat protocol `cadeau.msgpack.v1` (docs/protocol.md): what comes, what goes, and reading it with suspicion. */
import { decode, encode } from '@msgpack/msgpack'
import type { Person } from '../api/people'
import type { RoomStatus } from '../api/rooms'

export type RoomRole = 'host' | 'moderator' | 'member'
export interface You extends Person {
  role: RoomRole
}
interface Durable {
  seq: number
  at: number
  by: Person | null
}
export interface Said extends Durable {
  type: 'said'
  id: string
  text: string
  removed?: boolean
}
export interface Gifted extends Durable {
  type: 'gifted'
  id: string
  gift: string
  count: number
  coins: number
  combo: number
}
export interface Turned extends Durable {
  type: 'started' | 'stopped' | 'ended'
}
export interface Removed extends Durable {
  type: 'removed'
  target: number
}
export interface Muted extends Durable {
  type: 'muted'
  person: string | Person
  until: number
}
export type DurableEvent = Said | Gifted | Turned | Removed | Muted

export interface Welcome {
  type: 'welcome'
  room: string
  seq: number
  state: RoomStatus
  viewers: number
  likes: number
  coins: number
  you: You | null
}
export interface Counts {
  type: 'counts'
  viewers: number
  likes: number
  coins: number
}
export interface PublisherPresence {
  type: 'publisher'
  present: boolean
}
export interface Ok {
  type: 'ok'
  id: string
  seq: number
  coins?: number
}
export interface Refused {
  type: 'refused'
  id: string | null
  code: string
  detail: string
}
export interface Gap {
  type: 'gap'
  after: number
  seq: number
}
export type ServerEvent = DurableEvent | Welcome | Counts | PublisherPresence | Ok | Refused | Gap

export type ClientMessage =
  | { type: 'say'; id: string; text: string }
  | { type: 'gift'; id: string; gift: string; count: number }
  | { type: 'like'; count: number }
  | { type: 'remove'; id: string; target: number }
  | { type: 'mute'; id: string; person: string; seconds: number }
/** The messages that are answered with `ok` or `refused`. */
export type Asked = Exclude<ClientMessage, { type: 'like' }>

export const CHAT_TEXT_CHARS_MAX = 300
export const GIFT_COUNT_MAX = 999
export const LIKE_COUNT_MAX = 50

const KNOWN = new Set<string>([
  'said', 'gifted', 'started', 'stopped', 'ended', 'removed', 'muted',
  'welcome', 'counts', 'publisher', 'ok', 'refused', 'gap',
])

export const pack = (message: ClientMessage): Uint8Array<ArrayBuffer> => encode(message)

/** Events of types this client does not know are left out: the server may be newer. */
export function unpack(data: ArrayBuffer): ServerEvent[] {
  const message = decode(data)
  return Array.isArray(message) ? known(message) : []
}

export function known(events: unknown[]): ServerEvent[] {
  return events.filter((event): event is ServerEvent => {
    const type = (event as { type?: unknown } | null)?.type
    return typeof type === 'string' && KNOWN.has(type)
  })
}

export function isDurable(event: ServerEvent): event is DurableEvent {
  return typeof (event as { seq?: unknown }).seq === 'number' && 'at' in event
}
