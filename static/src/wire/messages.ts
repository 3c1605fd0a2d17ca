/** The chat protocol `cadeau.msgpack.v1` (docs/protocol.md). What comes in is checked before anyone relies on it. */
import { decode, encode } from '@msgpack/msgpack'
import type { Person } from '../api/people'
import type { RoomStatus } from '../api/rooms'
import type { Durable } from '../chat/kind'
import { kinds } from '../chat/kinds'
import type { Kinds } from '../chat/registry'

export type RoomRole = 'host' | 'moderator' | 'member'
export interface You extends Person {
  role: RoomRole
}

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
/** Messages about the present. They are not part of the log and never resent. */
export type News = Welcome | Counts | PublisherPresence | Ok | Refused | Gap
export type ServerEvent = Durable | News

export type ClientMessage =
  | { type: 'say'; id: string; text: string }
  | { type: 'gift'; id: string; gift: string; count: number }
  | { type: 'like'; count: number }
  | { type: 'remove'; id: string; target: number }
  | { type: 'mute'; id: string; person: string; seconds: number }
/** The messages that the server answers with `ok` or `refused`. */
export type Asked = Exclude<ClientMessage, { type: 'like' }>

export const GIFT_COUNT_MAX = 999
export const LIKE_COUNT_MAX = 50

const NEWS: ReadonlySet<string> = new Set<News['type']>(['welcome', 'counts', 'publisher', 'ok', 'refused', 'gap'])

export const pack = (message: ClientMessage): Uint8Array<ArrayBuffer> => encode(message)

export function unpack(data: ArrayBuffer, known: Kinds = kinds): ServerEvent[] {
  const message = decode(data)
  return Array.isArray(message) ? understood(message, known) : []
}

/** Drops events of types that this client does not know: the server may be newer. */
export function understood(events: readonly unknown[], known: Kinds = kinds): ServerEvent[] {
  return events.filter((event): event is ServerEvent => {
    const type = (event as { type?: unknown } | null)?.type
    return typeof type === 'string' && (NEWS.has(type) || known.knows(type))
  })
}

export function isDurable(event: ServerEvent): event is Durable {
  return typeof (event as { seq?: unknown }).seq === 'number' && 'at' in event
}
