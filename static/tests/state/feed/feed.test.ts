import { describe, expect, test } from 'vitest'
import type { Room } from '../../../src/api/rooms'
import type { Video } from '../../../src/api/videos'
import { weave } from '../../../src/state/feed/feed.svelte'

describe('feed', () => {
  const videos = (count: number) => Array.from({ length: count }, (_, index) => ({ id: `v${index}` }) as Video)
  const live = (count: number) => Array.from({ length: count }, (_, index) => ({ id: `r${index}` }) as Room)
  const keys = (v: number, r: number) => weave(videos(v), live(r)).map((slide) => slide.key.replace(/video |room /, ''))

  test('a live room comes first and then after every sixth video', () => {
    expect(keys(9, 2)).toEqual(['r0', 'v0', 'v1', 'v2', 'v3', 'v4', 'v5', 'r1', 'v6', 'v7', 'v8'])
  })
  test('with hardly any videos the feed consists of live rooms', () => {
    expect(keys(0, 2)).toEqual(['r0', 'r1'])
  })
  test('more videos never move the existing slides', () => {
    expect(keys(20, 3).slice(0, keys(8, 3).length)).toEqual(keys(8, 3))
  })
})
