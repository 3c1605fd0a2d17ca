import { describe, expect, test } from 'vitest'
import { encodings, fit, layersFor, lines, pickLayer, type Picture } from '../../src/rtc/layers'

const picture = (change: Partial<Picture> = {}): Picture => ({ width: 720, height: 1280, target: 2_500_000, qualities: 'auto', detail: false, cores: 8, ...change })

describe('what is sent', () => {
  test('three qualities of a large picture, two of a smaller one or of a screen, otherwise one', () => {
    expect(layersFor(picture())).toBe(3)
    expect(layersFor(picture({ width: 480, height: 854 }))).toBe(2)
    expect(layersFor(picture({ width: 1920, height: 1080, detail: true }))).toBe(2)
    expect(layersFor(picture({ width: 360, height: 640 }))).toBe(1)
    expect(layersFor(picture({ cores: 2 }))).toBe(1)
    expect(layersFor(picture({ qualities: 'one' }))).toBe(1)
    expect(layersFor(picture({ width: 0, height: 0 }))).toBe(1)
  })
  test('the smallest comes first, and together they take what one alone would', () => {
    const all = encodings(picture())
    expect(all.map((one) => [one.rid, one.scaleResolutionDownBy])).toEqual([['q', 4], ['h', 2], ['f', 1]])
    expect(all.reduce((sum, one) => sum + (one.maxBitrate ?? 0), 0)).toBe(2_500_000)
    expect(encodings(picture({ width: 480, height: 854, target: 1_200_000 })).map((one) => one.rid)).toEqual(['h', 'f'])
    expect(encodings(picture({ qualities: 'one' }))).toEqual([{ maxBitrate: 2_500_000 }])
  })

  const agreed = encodings(picture()).map((one) => ({ ...one, active: true }))
  const active = (change: Partial<Picture>) =>
    fit(agreed, picture(change)).filter((one) => one.active).map((one) => [one.rid, one.scaleResolutionDownBy, one.maxBitrate])

  test('one wish for one quality leaves the best, with all the bits', () => {
    expect(active({ qualities: 'one' })).toEqual([['f', 1, 2_500_000]])
    expect(fit(agreed, picture())).toEqual(agreed)
  })
  test('a large screen keeps the best two, a small picture uses those the browser would not leave out', () => {
    expect(active({ width: 1920, height: 1080, detail: true }).map(([rid, scale]) => [rid, scale])).toEqual([['h', 2], ['f', 1]])
    expect(active({ width: 640, height: 480 }).map(([rid, scale]) => [rid, scale])).toEqual([['q', 2], ['h', 1]])
    expect(active({ width: 320, height: 240 })).toEqual([['f', 1, 2_500_000]])
  })
  test('a server that takes one quality gets the whole picture, not the smallest', () => {
    expect(fit(agreed.slice(0, 1), picture())).toEqual([{ rid: 'q', active: true, scaleResolutionDownBy: 1, maxBitrate: 2_500_000 }])
  })
})

describe('what is watched', () => {
  const layers = [{ layer: 'f', width: 720, height: 1280 }, { layer: 'h', width: 360, height: 640 }, { layer: 'q', width: 180, height: 320 }]

  test('a picture has as many lines as its shorter side', () => {
    expect(lines({ width: 720, height: 1280 })).toBe(720)
    expect(lines({ width: 1280, height: 720 })).toBe(720)
    expect(lines({ height: 480 })).toBe(480)
    expect(lines({})).toBe(0)
  })
  test('the best within the wish, the smallest where all are larger, nothing for whoever leaves it open', () => {
    expect(pickLayer(layers, 'auto')).toBeNull()
    expect(pickLayer(layers, 720)?.layer).toBe('f')
    expect(pickLayer(layers, 480)?.layer).toBe('h')
    expect(pickLayer(layers, 100)?.layer).toBe('q')
    expect(pickLayer([], 720)).toBeNull()
  })
})
