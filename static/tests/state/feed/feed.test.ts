import { afterEach, describe, expect, test, vi } from 'vitest'
import type { FeedItem } from '../../../src/api/videos'
import { FeedState } from '../../../src/state/feed/feed.svelte'

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
})
