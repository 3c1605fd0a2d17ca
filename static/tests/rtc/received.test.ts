import { expect, test } from 'vitest'
import { receivedCounters, reception } from '../../src/rtc/received'

test('rates of what arrives come from two readings', () => {
  const report = (at: number, n: number) =>
    new Map<string, { type: string; timestamp: number }>([
      ['v', { type: 'inbound-rtp', kind: 'video', timestamp: at, bytesReceived: n * 100_000, packetsReceived: n * 90, packetsLost: n * 8, framesDecoded: n * 30, frameWidth: 360, frameHeight: 640, jitterBufferDelay: n * 3, jitterBufferEmittedCount: n * 30, codecId: 'c' } as never],
      ['a', { type: 'inbound-rtp', kind: 'audio', timestamp: at, bytesReceived: n * 5000, packetsReceived: n * 50, packetsLost: n * 2 } as never],
      ['c', { type: 'codec', mimeType: 'video/VP8', timestamp: at } as never],
      ['p', { type: 'candidate-pair', nominated: true, state: 'succeeded', currentRoundTripTime: 0.02, timestamp: at } as never],
    ])
  const [before, now] = [receivedCounters(report(1000, 1)), receivedCounters(report(2000, 2))]
  expect(reception(null, now)).toBeNull()
  expect(reception(before, now)).toEqual({ bitrate: 840_000, framesPerSecond: 30, loss: 10 / 150, bufferMs: 100, roundTripMs: 20, width: 360, height: 640, codec: 'VP8' })
  expect(reception(now, before), 'a new session counts from zero').toBeNull()
})
