import { expect, test } from 'vitest'
import { bitrateVerdict, counters, overworked, sample, worst, type Limit, type Sample } from '../../src/rtc/stats'

const report = (at: number, bytes: number, frames: number, packets: number, lost: number) =>
  new Map([
    ['v', { type: 'outbound-rtp', kind: 'video', timestamp: at, bytesSent: bytes, framesSent: frames, packetsSent: packets, frameWidth: 720, frameHeight: 1280, qualityLimitationReason: 'bandwidth' }],
    ['a', { type: 'outbound-rtp', kind: 'audio', timestamp: at, bytesSent: 0, packetsSent: 0 }],
    ['r', { type: 'remote-inbound-rtp', kind: 'video', timestamp: at, packetsLost: lost, roundTripTime: 0.05 }],
    ['c', { type: 'codec', timestamp: at }],
  ])

test('rates come from two readings', () => {
  const before = counters(report(1000, 0, 0, 0, 0))
  const now = counters(report(3000, 500_000, 60, 400, 8))
  expect(sample(null, before)).toBeNull()
  expect(sample(before, now)).toEqual({ bitrate: 2_000_000, framesPerSecond: 30, loss: 0.02, roundTripMs: 50, width: 720, height: 1280, limit: 'bandwidth', layers: [{ rid: '', width: 720, height: 1280, bitrate: 2_000_000, framesPerSecond: 30 }] })
})
test('a new session, which counts from zero again, gives no rates at first', () => {
  expect(sample(counters(report(1000, 500_000, 60, 400, 8)), counters(report(2000, 10_000, 2, 10, 0)))).toBeNull()
})
test('a quiet picture with few bits is not a poor line', () => {
  expect(bitrateVerdict(300_000, 2_500_000, 'none')).toBe('good')
  expect(bitrateVerdict(300_000, 2_500_000, 'bandwidth')).toBe('bad')
  expect(bitrateVerdict(0, 2_500_000, 'none')).toBe('bad')
})
test('the worst word counts', () => {
  expect(worst(['good', 'bad', 'fair'])).toBe('bad')
  expect(worst([])).toBe('good')
})

/** Three qualities: rid, height, bytes, frames, whether it is on, and what holds it back. */
const simulcast = (at: number, layers: [string, number, number, number, boolean, string][]) =>
  new Map<string, { type: string; timestamp: number }>([
    ...layers.map(([rid, height, bytes, frames, active, reason]) => {
      const entry = { type: 'outbound-rtp', kind: 'video', timestamp: at, rid, active, bytesSent: bytes, packetsSent: bytes / 1000, framesSent: frames, frameWidth: (height * 9) / 16, frameHeight: height, qualityLimitationReason: reason }
      return [rid, entry] as [string, typeof entry]
    }),
    ['a', { type: 'outbound-rtp', kind: 'audio', timestamp: at, bytesSent: at * 8, packetsSent: at / 20 } as { type: string; timestamp: number }],
  ])

test('several qualities: bits of all, frames and size of the best, each by itself', () => {
  const before = counters(simulcast(1000, [['q', 320, 10_000, 20, true, 'none'], ['h', 640, 50_000, 20, true, 'none'], ['f', 1280, 200_000, 20, true, 'none']]))
  const now = counters(simulcast(2000, [['q', 320, 20_000, 50, true, 'none'], ['h', 640, 100_000, 50, true, 'none'], ['f', 1280, 400_000, 48, true, 'none']]))
  const rates = sample(before, now)
  expect(rates).toMatchObject({ bitrate: (10_000 + 50_000 + 200_000 + 8_000) * 8, framesPerSecond: 28, width: 720, height: 1280, limit: 'none' })
  expect(rates?.layers).toEqual([
    { rid: 'f', width: 720, height: 1280, bitrate: 1_600_000, framesPerSecond: 28 },
    { rid: 'h', width: 360, height: 640, bitrate: 400_000, framesPerSecond: 30 },
    { rid: 'q', width: 180, height: 320, bitrate: 80_000, framesPerSecond: 30 },
  ])
})
test('a quality that is held back or switched off is not the picture viewers see', () => {
  const before = counters(simulcast(1000, [['h', 640, 50_000, 20, true, 'none'], ['f', 1280, 200_000, 20, true, 'bandwidth']]))
  const now = counters(simulcast(2000, [['h', 640, 100_000, 50, true, 'none'], ['f', 1280, 200_000, 20, true, 'bandwidth']]))
  expect(sample(before, now)).toMatchObject({ height: 640, framesPerSecond: 30, limit: 'bandwidth' })
  expect(sample(before, now)?.layers.map((layer) => layer.rid)).toEqual(['h'])
  const off = counters(simulcast(2000, [['h', 640, 50_000, 20, false, 'cpu'], ['f', 1280, 400_000, 50, true, 'none']]))
  expect(sample(before, off)).toMatchObject({ height: 1280, limit: 'none' })
})
test('a slow machine counts before a slow line', () => {
  expect(counters(simulcast(1000, [['h', 640, 1, 1, true, 'bandwidth'], ['f', 1280, 1, 1, true, 'cpu']])).limit).toBe('cpu')
})
test('a machine is overworked when it was too slow ten times in a row', () => {
  const run = (limits: Limit[]) => limits.map((limit) => ({ limit }) as Sample)
  expect(overworked(run(Array<Limit>(9).fill('cpu')))).toBe(false)
  expect(overworked(run(Array<Limit>(10).fill('cpu')))).toBe(true)
  expect(overworked(run(['cpu', ...Array<Limit>(9).fill('cpu'), 'none']))).toBe(false)
})
