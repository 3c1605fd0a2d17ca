import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Problem } from '../../../src/api/problem'
import type { FeedItem } from '../../../src/api/videos'
import { AdEvents, AdMeter, partsAt, VIEWABLE_MS } from '../../../src/state/feed/ad-events'
import { FeedState } from '../../../src/state/feed/feed.svelte'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('a viewable view', () => {
  const seen = { half: true, foreground: true, playing: true }
  const meter = () => {
    const viewable = vi.fn()
    return { viewable, meter: new AdMeter(viewable) }
  }

  test('takes two seconds', () => {
    const { viewable, meter: one } = meter()
    one.set(seen)
    vi.advanceTimersByTime(VIEWABLE_MS - 100)
    expect(viewable).not.toHaveBeenCalled()
    vi.advanceTimersByTime(100)
    expect(viewable).toHaveBeenCalledTimes(1)
  })
  test.each([{ half: false }, { foreground: false }, { playing: false }])('is broken by %o', (broken) => {
    const { viewable, meter: one } = meter()
    one.set(seen)
    vi.advanceTimersByTime(1900)
    one.set(broken)
    one.set(seen)
    vi.advanceTimersByTime(1900)
    expect(viewable).not.toHaveBeenCalled()
    vi.advanceTimersByTime(100)
    expect(viewable).toHaveBeenCalledTimes(1)
  })
  test('is none when the slide was left before', () => {
    const { viewable, meter: one } = meter()
    one.set(seen)
    one.stop()
    vi.advanceTimersByTime(5000)
    expect(viewable).not.toHaveBeenCalled()
  })
})

describe('events of ads', () => {
  test('are told once, and again when the line was away', async () => {
    const send = vi.fn().mockRejectedValueOnce(new Problem('offline', '')).mockResolvedValue(undefined)
    const events = new AdEvents(send)
    events.tell('i1', 'view')
    events.tell('i1', 'view')
    events.tell('i1', 'viewable')
    await vi.advanceTimersByTimeAsync(10_000)
    expect(send.mock.calls.map(([[event]]) => event.kind)).toEqual(['view', 'viewable', 'view'])
  })
  test('that are refused are given up', async () => {
    const send = vi.fn().mockRejectedValue(new Problem('invalid_request', '', 400))
    new AdEvents(send).tell('i1', 'view')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(send).toHaveBeenCalledTimes(1)
  })
})

describe('ads in the feed', () => {
  const video = (id: string) => ({ kind: 'video', id, impression: `i${id}`, reason: { code: 'fresh' } }) as FeedItem
  const ad = (id: string, expires_at: number) => ({ kind: 'ad', ad: { id, expires_at }, video: { id: 'v' }, impression: `i${id}`, reason: { code: 'sponsored' } }) as FeedItem

  async function state(...items: FeedItem[]) {
    vi.stubGlobal('fetch', async () => Response.json({ items, next: null }))
    const made = new FeedState('for_you')
    await made.open()
    return made
  }
  const keys = (one: FeedState) => one.slides.map((slide) => slide.key)

  test('are slides of their own, also when their video is in the feed', async () => {
    expect(keys(await state(video('v'), ad('a', 1), ad('b', 1)))).toEqual(['video v', 'ad ia', 'ad ib'])
  })
  test('that waited for too long are not shown, except for the one on the screen', async () => {
    const feed = await state(video('v'), ad('a', 1000), video('w'), ad('b', 1000), ad('c', 9000))
    feed.at = 1
    feed.dropLateAds(5000)
    expect(keys(feed)).toEqual(['video v', 'ad ia', 'video w', 'ad ic'])
  })
  test('can be taken out', async () => {
    const feed = await state(video('v'), ad('a', 1), video('w'))
    feed.remove('ad ia')
    expect(keys(feed)).toEqual(['video v', 'video w'])
  })
})

test.each([
  [0.24, []],
  [0.25, ['quarter']],
  [0.6, ['quarter', 'half']],
  [1.4, ['quarter', 'half', 'three_quarters']],
])('what is watched of %f of an ad is told in quarters', (share, parts) => {
  expect(partsAt(share)).toEqual(parts)
})
