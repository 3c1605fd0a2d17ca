import { describe, expect, test } from 'vitest'
import { chooseRendition } from '../../../src/ui/feed/rendition'

describe('renditions', () => {
  const rendition = (side: number, bits: number) => ({ width: side, height: Math.round((side * 16) / 9), url: String(side), bytes: 1, bits_per_second: bits })
  const all = [rendition(1080, 5e6), rendition(480, 8e5), rendition(720, 2e6)]

  test('the smallest that fills the stage', () => {
    expect(chooseRendition(all, 390)?.width).toBe(480)
    expect(chooseRendition(all, 700)?.width).toBe(720)
    expect(chooseRendition(all, 4000)?.width).toBe(1080)
  })
  test('a slow line takes what it can carry, and always something', () => {
    expect(chooseRendition(all, 1080, 3.1)?.width).toBe(720)
    expect(chooseRendition(all, 1080, 0.1)?.width).toBe(480)
    expect(chooseRendition([], 1080)).toBeUndefined()
  })
})
