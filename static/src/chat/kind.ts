/** What one kind of room event means to the client. Each kind is one file in kinds/ and one line in kinds/index.ts. */
import type { Person } from '../api/people'
import type { RoomEvent, RoomStatus } from '../api/rooms'
import type { Messages } from '../i18n/en'
import type { Gifted } from './kinds/gifted'
import type { Line } from './line'

/** What every durable event has. `at`: Unix ms; `by`: who did it, or null where nobody did. */
export interface Durable {
  type: string
  seq: number
  at: number
  by: Person | null
}
export type EventOf<Type extends RoomEvent['type']> = Extract<RoomEvent, { type: Type }>

/** What an event can change of a room. */
export interface RoomChanges {
  /** The person in front of this screen; null when nobody is signed in. */
  readonly you: Person | null
  /** Unix ms until which this person may not write; 0: may write. */
  mutedUntil: number
  /** State that only one kind of event needs, under its type. Reactive. */
  readonly facts: Map<string, unknown>
  setStatus(status: RoomStatus): void
  /** The room is over. Safe to call twice. */
  end(): void
  celebrate(gifted: Gifted): void
}

/** The language of the person, for the text of a line. */
export interface Words {
  readonly t: Messages
  number(value: number): string
  giftName(gift: string): string
}
/** How a line looks in the chat. */
export interface Shown {
  text: string
  /** Draws this gift beside the text. */
  gift?: string
  /** Something happened, as opposed to somebody speaking: no face, no name. */
  notice?: boolean
  removed?: boolean
}

export interface Kind<E extends Durable = Durable, L extends Line = Line> {
  readonly type: E['type']
  /** `isNew`: it happened after this person came in. History is not celebrated and does not overrule the welcome. */
  changeRoom?(room: RoomChanges, event: E, isNew: boolean): void
  /** The chat's lines after the event. Left out by kinds that the chat does not show. */
  changeLines?(lines: Line[], event: E): Line[]
  /** Required with `changeLines` when it adds lines of this type. */
  show?(line: L, words: Words): Shown
}
