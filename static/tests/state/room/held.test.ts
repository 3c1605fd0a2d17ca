import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Held } from '../../../src/api/moderation/filters'
import { HeldLines } from '../../../src/state/room/held.svelte'

const line = (id: string): Held => ({ id, client_id: id, by: { id: 'p', handle: 'p', name: 'P' }, text: id, cause: 'word', at: 0, expires_at: 1 })
let waiting: Held[] = []
let decided: string[] = []
let status = 200

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('window', globalThis)
  const kept = new Map<string, string>()
  vi.stubGlobal('sessionStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  })
  waiting = [line('a'), line('b')]
  decided = []
  status = 200
  vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
    if (init.method === 'GET') return Response.json({ items: waiting, next: null })
    decided.push(path)
    return status === 200 ? Response.json({ seq: 1 }) : Response.json({ code: 'unavailable' }, { status })
  })
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('held lines', () => {
  test('of one’s own go when they are said or refused', () => {
    const held = new HeldLines('room')
    for (const key of ['a', 'b', 'c']) held.add({ key, text: key })
    held.said({ type: 'said', id: 'a' } as { type: string })
    held.said({ type: 'gifted', id: 'c' } as { type: string })
    expect(held.refused('b')).toBe(true)
    expect(held.refused('x')).toBe(false)
    expect(held.mine.map((one) => one.key)).toEqual(['c'])
  })
  test('of one’s own are shown again after a reload, and asked for only where there were any', async () => {
    const before = new HeldLines('room')
    await before.restore('p')
    expect(before.mine).toEqual([])
    before.add({ key: 'a', text: 'a' })
    const after = new HeldLines('room')
    waiting = [line('a'), { ...line('b'), by: { id: 'other', handle: 'o', name: 'O' } }]
    await after.restore('p')
    expect(after.mine).toEqual([{ key: 'a', text: 'a' }])
    waiting = []
    await after.restore('p')
    expect(after.mine).toEqual([])
  })
  test('that were decided do not come back with a list that still has them', async () => {
    const held = new HeldLines('room')
    const leave = held.watch()
    await vi.advanceTimersByTimeAsync(10)
    expect(held.waiting.map((one) => one.id)).toEqual(['a', 'b'])
    await held.decide(line('a'), true)
    await vi.advanceTimersByTimeAsync(10)
    expect(held.waiting.map((one) => one.id)).toEqual(['b'])
    expect(decided).toEqual(['/api/rooms/room/held/a/release'])
    leave()
  })
  test('stay where the decision could not be sent, and the list is read again without news', async () => {
    const held = new HeldLines('room')
    const leave = held.watch()
    await vi.advanceTimersByTimeAsync(10)
    status = 503
    await expect(held.decide(line('a'), false)).rejects.toThrow()
    await vi.advanceTimersByTimeAsync(10)
    expect(held.waiting).toHaveLength(2)
    waiting = []
    await vi.advanceTimersByTimeAsync(15_000)
    expect(held.waiting).toEqual([])
    leave()
  })
})
