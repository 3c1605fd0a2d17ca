import { encode, decode } from '@msgpack/msgpack'
import { describe, expect, test } from 'vitest'
import { Backoff } from '../src/wire/backoff'
import { isDurable, pack, unpack, type Ok } from '../src/wire/messages'
import { Outbox, UNANSWERED_MAX } from '../src/wire/outbox'
import { uuid } from '../src/wire/uuid'

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

describe('backoff', () => {
  test('doubles up to its cap and never waits less than half', () => {
    const least = new Backoff(100, 1000, () => 0)
    const most = new Backoff(100, 1000, () => 1)
    expect(Array.from({ length: 6 }, () => least.next())).toEqual([50, 100, 200, 400, 500, 500])
    expect(Array.from({ length: 6 }, () => most.next())).toEqual([100, 200, 400, 800, 1000, 1000])
  })
  test('begins anew after a success', () => {
    const backoff = new Backoff(100, 1000, () => 1)
    backoff.next()
    backoff.next()
    backoff.reset()
    expect(backoff.next()).toBe(100)
  })
})

describe('outbox', () => {
  const say = (id: string) => ({ type: 'say', id, text: id }) as const
  const ok = (id: string): Ok => ({ type: 'ok', id, seq: 1 })

  test('keeps what is not answered, in order, for the next connection', async () => {
    const outbox = new Outbox()
    const first = outbox.put(say('a'))
    void outbox.put(say('b'))
    void outbox.put(say('c'))
    outbox.settle(ok('a'))
    expect((await first).id).toBe('a')
    expect(outbox.unanswered().map((message) => message.id)).toEqual(['b', 'c'])
  })
  test('a refusal rejects with its code', async () => {
    const outbox = new Outbox()
    const answer = outbox.put(say('a'))
    outbox.settle({ type: 'refused', id: 'a', code: 'muted', detail: 'quiet' })
    await expect(answer).rejects.toMatchObject({ code: 'muted' })
    expect(outbox.unanswered()).toEqual([])
  })
  test('a second answer and an answer to nothing change nothing', async () => {
    const outbox = new Outbox()
    const answer = outbox.put(say('a'))
    outbox.settle(ok('zzz'))
    outbox.settle({ type: 'refused', id: null, code: 'invalid_message', detail: '' })
    outbox.settle(ok('a'))
    outbox.settle({ type: 'refused', id: 'a', code: 'muted', detail: '' })
    await expect(answer).resolves.toMatchObject({ id: 'a' })
  })
  test('is bounded', async () => {
    const outbox = new Outbox()
    for (let index = 0; index < UNANSWERED_MAX; index += 1) void outbox.put(say(String(index)))
    await expect(outbox.put(say('one more'))).rejects.toMatchObject({ code: 'rate_exceeded' })
  })
  test('leaving the room rejects what waits', async () => {
    const outbox = new Outbox()
    const answer = outbox.put(say('a'))
    outbox.close()
    await expect(answer).rejects.toMatchObject({ code: 'offline' })
  })
})

test('a UUID is one with and without the browser’s own', () => {
  const form = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
  expect(uuid()).toMatch(form)
  const own = Object.getOwnPropertyDescriptor(Crypto.prototype, 'randomUUID')!
  delete (Crypto.prototype as Partial<Crypto>).randomUUID
  try {
    expect(uuid()).toMatch(form)
    expect(uuid()).not.toBe(uuid())
  } finally {
    Object.defineProperty(Crypto.prototype, 'randomUUID', own)
  }
})
