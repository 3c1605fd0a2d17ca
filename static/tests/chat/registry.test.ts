import { encode } from '@msgpack/msgpack'
import { describe, expect, test } from 'vitest'
import type { Durable, Kind, Words } from '../../src/chat/kind'
import { ALL_KINDS, kinds } from '../../src/chat/kinds'
import { append, type Line } from '../../src/chat/line'
import { Kinds } from '../../src/chat/registry'
import { en } from '../../src/i18n/en'
import { RoomState } from '../../src/state/room/room.svelte'
import { unpack } from '../../src/wire/messages'

/** What somebody would write for a new kind: this object, and its place in the list of kinds. */
interface GoalReached extends Durable {
  type: 'goal_reached'
  coins: number
}
const goalReached: Kind<GoalReached, Line & { coins: number }> = {
  type: 'goal_reached',
  changeRoom: (room, { coins }, isNew) => void (isNew && room.facts.set('goal_reached', coins)),
  changeLines: (lines, { type, seq, by, coins }) => append(lines, { key: seq, seq, type, by, text: '', coins } as Line),
  show: ({ coins }, { number }) => ({ text: `${number(coins)} coins together`, notice: true }),
}
const newer = new Kinds([...ALL_KINDS, goalReached])

const reached: GoalReached = { type: 'goal_reached', seq: 8, at: 1, by: null, coins: 500 }
const welcome = { type: 'welcome', room: 'r', seq: 7, state: 'live', viewers: 2, likes: 3, coins: 4, you: null } as const
const words: Words = { t: en, number: String, giftName: String }
const received = (event: unknown): ArrayBuffer => {
  const bytes = encode([event])
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
}

describe('a kind that is added', () => {
  test('is read from the wire, changes the room and is shown in the chat', () => {
    const room = new RoomState('r', newer)
    room.onEvent(welcome)
    for (const event of unpack(received(reached), newer)) room.onEvent(event)
    expect(room.facts.get('goal_reached')).toBe(500)
    expect(room.lines.map((line) => newer.show(line, words))).toEqual([{ text: '500 coins together', notice: true }])
  })
  test('can tell history from news', () => {
    const room = new RoomState('r', newer)
    room.onEvent(welcome)
    room.onEvent({ ...reached, seq: 6 } as Durable)
    expect(room.facts.has('goal_reached')).toBe(false)
    expect(room.lines).toHaveLength(1)
  })
})

describe('a kind that only a newer server knows', () => {
  test('is dropped when it arrives', () => {
    expect(unpack(received(reached))).toEqual([])
  })
  test('changes nothing in a room', () => {
    const room = new RoomState('r')
    room.onEvent(welcome)
    room.onEvent({ type: 'said', seq: 7, at: 1, by: null, id: 'a', text: 'hi' } as Durable)
    const before = room.lines
    room.onEvent(reached)
    expect(room.lines).toBe(before)
    expect(room.status).toBe('live')
    expect(room.facts.size).toBe(0)
  })
})

test('the sponsor of an effect is named from the welcome on, and not after the time on air', () => {
  const effect = { id: 'e', name: 'Bread', sponsor: 'Bakery', paid_by: 'Mill' }
  const room = new RoomState('r')
  room.onEvent({ ...welcome, effect })
  expect(room.effect).toEqual(effect)
  room.onEvent({ type: 'effect_set', seq: 6, at: 1, by: null, effect: null } as Durable)
  expect(room.effect, 'history does not overrule the welcome').toEqual(effect)
  room.onEvent({ type: 'effect_set', seq: 8, at: 1, by: null, effect: { ...effect, sponsor: 'Mill' } } as Durable)
  expect(room.effect?.sponsor).toBe('Mill')
  room.onEvent({ type: 'stopped', seq: 9, at: 1, by: null } as Durable)
  expect(room.effect).toBeNull()
})

test('every kind that adds lines can draw them', () => {
  for (const type of ['said', 'gifted', 'started', 'stopped', 'ended', 'sold']) {
    const event = { type, seq: 1, at: 1, by: { id: 'a', handle: 'a', name: 'A' }, text: 'hi', gift: 'rose', count: 2, buyers: [] }
    const [line] = kinds.changeLines([], event)
    expect(kinds.show(line!, words).text).not.toBe('')
  }
})

test('what the host shows follows the log, and how many are left the server’s word', () => {
  const pin = { id: 'p', product: 'mug', title: 'Mug', picture: null, prices: { EUR: 900 }, flash_prices: { EUR: 500 }, flash_until: 9, left: 3 }
  const room = new RoomState('r')
  room.onEvent({ ...welcome, pin })
  expect(room.pin).toEqual(pin)
  room.onEvent({ type: 'unpinned', seq: welcome.seq, at: 1, by: null, pin: 'p' } as Durable)
  expect(room.pin, 'history does not overrule the welcome').toEqual(pin)
  room.onEvent({ type: 'flash_ended', seq: welcome.seq + 1, at: 1, by: null, pin: 'p' } as Durable)
  room.onEvent({ type: 'sold', seq: welcome.seq + 2, at: 1, by: null, pin: 'p', count: 2, left: 1, buyers: [] } as Durable)
  expect(room.pin).toEqual({ ...pin, flash_prices: {}, flash_until: null, left: 1 })
  room.onEvent({ type: 'stock', pin: 'other', left: 7 })
  room.onEvent({ type: 'stock', pin: 'p', left: 0 })
  expect(room.pin?.left).toBe(0)
  room.onEvent({ type: 'unpinned', seq: welcome.seq + 3, at: 1, by: null, pin: 'p' } as Durable)
  expect(room.pin).toBeNull()
})
