import { describe, expect, test } from 'vitest'
import { effects } from '../../src/effects/catalogue'
import { COPIES_MAX, PATH_LENGTH_MAX, SHAPES_MAX, STICKERS_MAX, type Sticker } from '../../src/effects/effect'
import { placed } from '../../src/effects/motion'

test('there are several, each with its own id', () => {
  expect(effects.length).toBeGreaterThanOrEqual(8)
  expect(new Set(effects.map((effect) => effect.id)).size).toBe(effects.length)
})
describe.each(effects.map((effect) => [effect.id, effect] as const))('%s', (_, effect) => {
  test('has a name in every language', () => expect(effect.name.en && effect.name.fr).toBeTruthy())
  test('keeps to the limits', () => {
    const stickers = effect.stickers ?? []
    expect(stickers.length).toBeLessThanOrEqual(STICKERS_MAX)
    for (const { shapes, rain } of stickers) {
      expect(shapes.length).toBeLessThanOrEqual(SHAPES_MAX)
      expect(rain?.count ?? 0).toBeLessThanOrEqual(COPIES_MAX)
      for (const { path } of shapes) expect(path.length).toBeLessThanOrEqual(PATH_LENGTH_MAX)
    }
  })
})

describe('stickers', () => {
  const star: Sticker = { view: [100, 50], width: 0.2, shapes: [] }
  test('a place is a share of the picture, and a size one of its shorter side', () => {
    const [one] = placed({ ...star, place: { x: 0.5, y: 0.25, turn: 90 } }, 720, 1280, 0)
    expect(one).toEqual({ x: 360, y: 320, width: 144, height: 72, turn: Math.PI / 2 })
  })
  test('every copy falls from above the picture to below it, and comes back', () => {
    const rain = { ...star, rain: { count: 5, seconds: 4 } }
    const heights = Array.from({ length: 400 }, (_, n) => placed(rain, 720, 1280, n / 10).map(({ y }) => y))
    for (const copy of [0, 1, 2, 3, 4]) {
      expect(Math.min(...heights.map((all) => all[copy]!))).toBeLessThan(0)
      expect(Math.max(...heights.map((all) => all[copy]!))).toBeGreaterThan(1280)
    }
  })
  test('no effect draws more copies than the limit', () => {
    expect(placed({ ...star, rain: { count: 1e9, seconds: 1 } }, 720, 1280, 1)).toHaveLength(COPIES_MAX)
  })
})
