import { describe, expect, test } from 'vitest'
import type { Ok } from '../../src/wire/messages'
import { Outbox, UNANSWERED_MAX } from '../../src/wire/outbox'

describe('outbox', () => {
  const say = (id: string) => ({ type: 'say', id, text: id }) as const
  const ok = (id: string): Ok => ({ type: 'ok', id, seq: 1 })

  test('keeps what is not answered, in order, for the next connection', async () => {
    const outbox = new Outbox()
    const first = outbox.put(say('a'))
    void outbox.put(say('b'))
    void outbox.put(say('c'))
    outbox.onAnswer(ok('a'))
    expect((await first).id).toBe('a')
    expect(outbox.unanswered().map((message) => message.id)).toEqual(['b', 'c'])
  })
  test('a refusal rejects with its code', async () => {
    const outbox = new Outbox()
    const answer = outbox.put(say('a'))
    outbox.onAnswer({ type: 'refused', id: 'a', code: 'muted', detail: 'quiet' })
    await expect(answer).rejects.toMatchObject({ code: 'muted' })
    expect(outbox.unanswered()).toEqual([])
  })
  test('a second answer and an answer to nothing change nothing', async () => {
    const outbox = new Outbox()
    const answer = outbox.put(say('a'))
    outbox.onAnswer(ok('zzz'))
    outbox.onAnswer({ type: 'refused', id: null, code: 'invalid_message', detail: '' })
    outbox.onAnswer(ok('a'))
    outbox.onAnswer({ type: 'refused', id: 'a', code: 'muted', detail: '' })
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
