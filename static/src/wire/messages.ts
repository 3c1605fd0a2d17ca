/** The chat protocol `cadeau.msgpack.v1` (docs/protocol.md). What comes in is checked before anyone relies on it. */
import { decode, encode } from '@msgpack/msgpack'
import type { Permission, SanctionReason } from '../api/moderation/rooms'
import type { Person } from '../api/people'
import type { RoomStatus } from '../api/rooms'
import type { Durable } from '../chat/kind'
import type { EffectCredit } from '../chat/kinds/effect-set'
import type { GoalCredit } from '../chat/kinds/goal-set'
import type { Pin } from '../chat/kinds/goods'
import type { ChatModes } from '../chat/kinds/modes-set'
import { kinds } from '../chat/kinds'
import type { Kinds } from '../chat/registry'

export type RoomRole = 'host' | 'moderator' | 'member'
export interface You extends Person {
  role: RoomRole
  /** What they may do as a moderator. Missing before a server knows of moderators. */
  can?: Permission[]
  /** Unix ms; 0: may write. */
  muted_until?: number
}
/** How this person stands with the host has changed. */
export interface YouAre {
  type: 'you'
  you: You
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
  /** Missing before a server knows of effects. */
  effect?: EffectCredit | null
  /** Missing before a server knows of goals. */
  goal?: GoalCredit | null
  pin?: Pin | null
  modes?: ChatModes
}
/** How many can be bought through the room's pin now. */
export interface Stock {
  type: 'stock'
  pin: string
  left: number
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
/** The picture is to be blurred, or not any more: it waits for a moderator. */
export interface Veiled {
  type: 'veiled'
  veiled: boolean
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
  /** After which the same may be tried again. */
  wait_ms?: number
}
/** For those who may remove lines: what waits for them has changed. */
export interface HeldChanged {
  type: 'held'
}
/** A moderator has refused a line of this person. `id`: of the message. */
export interface HeldRefused {
  type: 'held_refused'
  id: string
}
export interface Gap {
  type: 'gap'
  after: number
  seq: number
}
/** Messages about the present. They are not part of the log and never resent. */
export type News = Welcome | YouAre | Counts | Stock | PublisherPresence | Veiled | Ok | Refused | HeldChanged | HeldRefused | Gap
export type ServerEvent = Durable | News

export type ClientMessage =
  | { type: 'say'; id: string; text: string }
  | { type: 'gift'; id: string; gift: string; count: number }
  | { type: 'like'; count: number }
  | { type: 'remove'; id: string; target: number }
  | { type: 'mute'; id: string; person: string; seconds: number; reason: SanctionReason }
  | { type: 'ban'; id: string; person: string; banned: boolean; reason: SanctionReason }
  | ({ type: 'modes'; id: string } & ChatModes)
  | { type: 'effect'; id: string; effect: string | null }
  | { type: 'goal'; id: string; goal: string | null }
/** The messages that the server answers with `ok` or `refused`. */
export type Asked = Exclude<ClientMessage, { type: 'like' }>

export const GIFT_COUNT_MAX = 999
export const LIKE_COUNT_MAX = 50

const NEWS: ReadonlySet<string> = new Set<News['type']>(['welcome', 'you', 'counts', 'stock', 'publisher', 'veiled', 'ok', 'refused', 'held', 'held_refused', 'gap'])

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
