import { expect, test } from 'vitest'
import type { Sticker } from '../../src/effects/effect'
import { face, LANDMARKS } from '../../src/effects/face/face'
import { placed } from '../../src/effects/motion'

/** A face whose eyes are 0.2 apart in a picture of 1000 by 1000, upright or turned by a right angle. */
function points(turned: boolean): Float32Array {
  const made = new Float32Array(2 * LANDMARKS).fill(0.5)
  const put = (landmark: number, x: number, y: number) => made.set(turned ? [0.5 - (y - 0.5), 0.5 + (x - 0.5)] : [x, y], 2 * landmark)
  put(10, 0.5, 0.3)
  put(33, 0.4, 0.45)
  put(263, 0.6, 0.45)
  put(234, 0.35, 0.5)
  put(454, 0.65, 0.5)
  return made
}
const hat: Sticker = { view: [100, 50], width: 1, shapes: [], face: { at: 'forehead', y: -0.5 } }

test('the width and the turn of a face come from its cheeks and eyes', () => {
  const upright = face(points(false), 1000, 1000)!
  expect(upright.width).toBeCloseTo(300, 2)
  expect(upright.turn).toBeCloseTo(0, 5)
  expect(upright.eyes.y).toBeCloseTo(450, 2)
  expect(face(points(true), 1000, 1000)!.turn).toBeCloseTo(Math.PI / 2, 5)
})
test('the turn is that of the picture as it is seen, not of its shares', () => {
  const tilted = points(false)
  tilted[2 * 263 + 1] = 0.55
  expect(face(tilted, 1000, 2000)!.turn).toBeCloseTo(Math.atan2(200, 200), 5)
})
test('what is no face is none', () => {
  expect(face(new Float32Array(10), 100, 100)).toBeNull()
  expect(face(new Float32Array(2 * LANDMARKS).fill(Number.NaN), 100, 100)).toBeNull()
})
test('what is worn turns with the head', () => {
  const [upright] = placed(hat, 1000, 1000, 0, face(points(false), 1000, 1000))
  expect(upright!.x).toBeCloseTo(500, 1)
  expect(upright!.y).toBeCloseTo(300 - 150, 1)
  const [lying] = placed(hat, 1000, 1000, 0, face(points(true), 1000, 1000))
  expect(lying!.x).toBeCloseTo(700 + 150, 1)
  expect(lying!.y).toBeCloseTo(500, 1)
})
test('without a face nothing is worn', () => expect(placed(hat, 1000, 1000, 0, null)).toEqual([]))
