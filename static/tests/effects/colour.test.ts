import { describe, expect, test } from 'vitest'
import { colourMatrix, rgb } from '../../src/effects/colour'
import type { Colour } from '../../src/effects/effect'

/** As the shader does it: matrix times (red, green, blue, 1). */
function seen(colour: Colour, picture: number[]): number[] {
  const matrix = colourMatrix(colour)
  return [0, 1, 2].map((row) => [...picture, 1].reduce((sum, value, column) => sum + matrix[column * 4 + row]! * value, 0))
}
const close = (a: number[], b: number[]) => a.forEach((value, n) => expect(value).toBeCloseTo(b[n]!, 5))
const SKIN = [0.9, 0.7, 0.6]
const GREY = [0.4, 0.4, 0.4]

describe('the colours of an effect', () => {
  test('without any wish nothing changes', () => close(seen({}, SKIN), SKIN))
  test('no saturation makes every colour a grey as bright as it was', () => {
    const made = seen({ saturation: -1 }, SKIN)
    close(made, Array<number>(3).fill(0.2126 * 0.9 + 0.7152 * 0.7 + 0.0722 * 0.6))
  })
  test('greys stay greys when hue or saturation change', () => {
    close(seen({ hue: 120 }, GREY), GREY)
    close(seen({ saturation: 0.7 }, GREY), GREY)
  })
  test('a third of a turn moves red to green', () => close(seen({ hue: 120 }, [1, 0, 0]), [0, 1, 0]))
  test('contrast keeps the middle', () => close(seen({ contrast: 0.5 }, [0.5, 0.5, 0.5]), [0.5, 0.5, 0.5]))
  test('warmth takes blue and gives red', () => {
    const [red, green, blue] = seen({ warmth: 1 }, GREY)
    expect(red).toBeGreaterThan(green!)
    expect(blue).toBeLessThan(green!)
  })
  test('a full tint is its colour', () => close(seen({ tint: { colour: '#ff8000', share: 1 } }, SKIN), rgb('#ff8000')))
})
