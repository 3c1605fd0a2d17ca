import { describe, expect, test } from 'vitest'
import { Backoff } from '../../src/wire/backoff'

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
