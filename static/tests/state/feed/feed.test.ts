import { afterEach, describe, expect, test, vi } from 'vitest'
import type { FeedItem } from '../../../src/api/videos'
import { FeedState } from '../../../src/state/feed/feed.svelte'
import { Reports } from '../../../src/state/feed/reports'

const video = (id: string) => ({ kind: 'video', id, impression: `i${id}`, reason: { code: 'chronological' } }) as FeedItem
const room = (id: string) => ({ kind: 'room', room: { id }, impression: `i${id}`, reason: { code: 'live' } }) as FeedItem
const unknown = { kind: 'poem', impression: 'ip', reason: { code: 'live' } } as unknown as FeedItem

/** A server that answers with these pages, one after another. */
function serve(...pages: FeedItem[][]) {
  const asked: string[] = []
  vi.stubGlobal('fetch', async (path: string) => {
    const number = asked.push(path) - 1
    return Response.json({ items: pages[number] ?? [], next: number + 1 < pages.length ? `c${number + 1}` : null })
  })
  return asked
}
const keys = (state: FeedState) => state.slides.map((slide) => slide.key)

describe('the feed', () => {
  afterEach(() => vi.unstubAllGlobals())

  test('shows videos and rooms in the order of the server, each with its impression', async () => {
    serve([room('r0'), video('v0'), video('v1')])
    const state = new FeedState('for_you')
    await state.open()
    expect(keys(state)).toEqual(['room r0', 'video v0', 'video v1'])
    expect(state.slides.map((slide) => slide.impression)).toEqual(['ir0', 'iv0', 'iv1'])
  })
  test('another page never moves the slides that are there', async () => {
    const asked = serve([video('v0')], [room('r1'), video('v1')])
    const state = new FeedState('for_you')
    await state.open()
    const before = keys(state)
    await state.list.more()
    expect(keys(state).slice(0, 1)).toEqual(before)
    expect(keys(state)).toEqual(['video v0', 'room r1', 'video v1'])
    expect(asked[1]).toContain('cursor=c1')
  })
  test('has each slide once, even if the server repeats itself', async () => {
    serve([room('r0'), video('v0'), video('v0')], [video('v0'), room('r0'), video('v1')], [video('v1')], [video('v2')])
    const state = new FeedState('for_you')
    await state.open()
    await state.list.more()
    expect(keys(state)).toEqual(['room r0', 'video v0', 'video v1'])
    await state.list.more()
    expect(state.list.ended).toBe(true)
  })
  test('leaves out what it does not know yet', async () => {
    serve([unknown, video('v0')])
    const state = new FeedState('for_you')
    await state.open()
    expect(keys(state)).toEqual(['video v0'])
  })
  test('rooms alone are a feed', async () => {
    serve([room('r0'), room('r1')])
    const state = new FeedState('for_you')
    await state.open()
    expect(keys(state)).toEqual(['room r0', 'room r1'])
    expect(state.list.empty).toBe(false)
  })
  test('what follows the next slide is chosen anew after something that changes the feed, and nothing is lost', async () => {
    serve([video('v0'), video('v1'), video('v2'), video('v3')], [video('n0'), video('v2')], [])
    const state = new FeedState('for_you')
    await state.open()
    await state.learned()
    expect(keys(state)).toEqual(['video v0', 'video v1'])
    await state.list.more()
    expect(keys(state)).toEqual(['video v0', 'video v1', 'video n0', 'video v2'])
    await state.list.more()
    expect(keys(state)).toEqual(['video v0', 'video v1', 'video n0', 'video v2', 'video v3'])
    expect(state.list.ended).toBe(true)
  })
  test('what made way comes back when the server does not answer', async () => {
    serve([video('v0'), video('v1'), video('v2')], [video('n0')])
    const state = new FeedState('for_you')
    await state.open()
    await state.learned()
    const answering = fetch
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('no line')))
    await state.list.more()
    expect(keys(state)).toEqual(['video v0', 'video v1', 'video v2'])
    expect(state.list.problem).toBeNull()
    await state.list.more()
    expect(state.list.problem?.code).toBe('offline')
    vi.stubGlobal('fetch', answering)
    await state.list.more()
    expect(keys(state)).toEqual(['video v0', 'video v1', 'video v2', 'video n0'])
  })
  test('the last page stays: nothing could take its place', async () => {
    serve([video('v0'), video('v1'), video('v2')])
    const state = new FeedState('for_you')
    await state.open()
    await state.learned()
    expect(keys(state)).toEqual(['video v0', 'video v1', 'video v2'])
  })
  test('a video that was sent away is gone at once, and the server hears of it when it cannot come back', async () => {
    serve([video('v0'), video('v1')], [video('v0'), video('v2')])
    const told: object[] = []
    const state = new FeedState('for_you', new Reports(async (events) => told.push(...events)))
    await state.open()
    state.sendAway(0)
    expect(keys(state)).toEqual(['video v1'])
    state.takeBack()
    expect(keys(state)).toEqual(['video v0', 'video v1'])
    expect(state.settle()).toBe(false)
    state.sendAway(0)
    expect(state.settle()).toBe(true)
    await state.learned()
    expect(told).toEqual([{ video: 'v0', kind: 'not_interested', impression: 'iv0' }])
    await state.list.more()
    expect(keys(state)).toEqual(['video v1', 'video v2'])
  })
  test('a page is asked for after what was done before it has been told', async () => {
    const asked = serve([video('v0')], [video('v1')])
    const order: string[] = []
    const reports = new Reports(async () => order.push(`told after ${asked.length} pages`))
    const state = new FeedState('for_you', reports)
    await state.open()
    reports.left('v0', 300)
    await state.list.more()
    expect(order).toEqual(['told after 1 pages'])
  })
})
