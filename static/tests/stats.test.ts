import { expect, test } from 'vitest'
import { bitrateVerdict, counters, sample, worst } from '../src/rtc/stats'

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
  expect(sample(before, now)).toEqual({ bitrate: 2_000_000, framesPerSecond: 30, loss: 0.02, roundTripMs: 50, width: 720, height: 1280, limit: 'bandwidth' })
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
