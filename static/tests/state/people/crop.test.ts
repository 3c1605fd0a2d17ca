import { expect, test } from 'vitest'
import { fitted, moved, zoomed, ZOOM_MAX } from '../../../src/state/people/crop'

const WIDE = { width: 400, height: 200 }

test('the first square is the largest, in the middle', () => {
  expect(fitted(WIDE)).toEqual({ x: 100, y: 0, side: 200 })
  expect(fitted({ width: 1, height: 9 })).toEqual({ x: 0, y: 4, side: 1 })
})

test('zooming keeps the middle, and stays within its limits', () => {
  expect(zoomed(fitted(WIDE), WIDE, 2)).toEqual({ x: 150, y: 50, side: 100 })
  expect(zoomed(fitted(WIDE), WIDE, 100).side).toBe(200 / ZOOM_MAX)
  expect(zoomed(fitted(WIDE), WIDE, 0)).toEqual(fitted(WIDE))
})

test('the square never leaves the picture', () => {
  const small = zoomed(fitted(WIDE), WIDE, 2)
  expect(moved(small, WIDE, -1000, -1000)).toEqual({ x: 0, y: 0, side: 100 })
  expect(moved(small, WIDE, 1000, 1000)).toEqual({ x: 300, y: 100, side: 100 })
  expect(zoomed(moved(small, WIDE, 1000, 1000), WIDE, 1)).toEqual({ x: 200, y: 0, side: 200 })
})
