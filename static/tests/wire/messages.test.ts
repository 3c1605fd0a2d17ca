import { encode, decode } from '@msgpack/msgpack'
import { describe, expect, test } from 'vitest'
import { isDurable, pack, unpack } from '../../src/wire/messages'

const buffer = (value: unknown): ArrayBuffer => {
  const bytes = encode(value)
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
}
const by = { id: 'p1', handle: 'ada', name: 'Ada' }

describe('messages', () => {
  test('what is sent is a msgpack map', () => {
    expect(decode(pack({ type: 'say', id: 'a', text: 'héllo' }))).toEqual({ type: 'say', id: 'a', text: 'héllo' })
  })
  test('events of a newer server are left out, the others are read', () => {
    const said = { type: 'said', seq: 4, at: 1, by, id: 'x', text: 'hi' }
    expect(unpack(buffer([{ type: 'goal_reached', seq: 3, at: 1 }, said]))).toEqual([said])
  })
  test('what is not an array of events is read as nothing', () => {
    for (const odd of [null, 7, 'text', { type: 'said' }, [null, 3, {}, { type: 9 }]]) expect(unpack(buffer(odd))).toEqual([])
  })
  test('a number larger than 32 bits stays exact', () => {
    const at = 1_795_453_249_123
    expect(unpack(buffer([{ type: 'started', seq: 1, at, by: null }]))).toEqual([{ type: 'started', seq: 1, at, by: null }])
  })
  test('an answer is not a durable event although it has a seq', () => {
    const [ok, gap, said] = unpack(buffer([{ type: 'ok', id: 'a', seq: 3 }, { type: 'gap', after: 1, seq: 9 }, { type: 'said', seq: 4, at: 1, by, id: 'x', text: '' }]))
    expect([ok, gap, said].map((event) => isDurable(event!))).toEqual([false, false, true])
  })
})
