import { expect, test } from 'vitest'
import { difference, edgeOf } from '../../../src/state/admin/difference'

const rate = (value: number | null, low: number | null = null, high: number | null = null) => ({ value, low, high })

test('only a difference whose interval leaves out zero says which ranker is better', () => {
  expect(difference(rate(0.2, 0.18, 0.22), rate(0.3, 0.28, 0.32)).verdict).toBe('better')
  expect(difference(rate(0.3, 0.28, 0.32), rate(0.2, 0.18, 0.22)).verdict).toBe('worse')
  const open = difference(rate(0.2, 0.1, 0.3), rate(0.25, 0.15, 0.35))
  expect(open.verdict).toBe('open')
  expect(open.value).toBeCloseTo(0.05)
  expect(open.high! - open.value!).toBeCloseTo(Math.SQRT2 * 0.1)
})
test('an interval that ends at 0 or 1 counts with its other side', () => {
  expect(difference(rate(0.02, 0, 0.12), rate(0.1, 0.1, 0.1)).low).toBeCloseTo(-0.02)
})
test('nothing is said of groups that have too few people', () => {
  expect(difference(rate(null), rate(0.3, 0.2, 0.4)).verdict).toBe('unknown')
  expect(difference(rate(0.1), rate(0.3, 0.2, 0.4)).verdict).toBe('unknown')
})
test('a graph ends at a round number that holds every interval', () => {
  expect(edgeOf([rate(0.013, 0.01, 0.016)])).toBe(0.02)
  expect(edgeOf([rate(0.4, 0.3, 0.51), rate(0.2)])).toBe(1)
  expect(edgeOf([rate(null)])).toBe(0.01)
})
