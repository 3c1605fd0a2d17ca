import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import * as showing from '../../../src/api/shop/showing'
import { tags } from '../../../src/state/shop/tags.svelte'

const asked: string[][] = []

beforeEach(() => {
  vi.useFakeTimers()
  asked.length = 0
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

it('a slide that comes near while others are asked for is asked for once, and nothing is asked without one', async () => {
  vi.spyOn(showing, 'tagged').mockImplementation(async (videos) => {
    asked.push(videos)
    if (asked.length === 1) {
      tags.want('late')
      await vi.advanceTimersByTimeAsync(1)
    }
    return { items: [], next: null }
  })
  tags.want('one')
  tags.want('two')
  await vi.advanceTimersByTimeAsync(1_000)
  expect(asked).toEqual([['one', 'two'], ['late']])
})
