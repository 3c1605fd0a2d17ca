import { describe, expect, test } from 'vitest'
import { Patience } from '../../src/rtc/patience'
import { receivedCounters, type ReceivedCounters } from '../../src/rtc/received'

const nothing = receivedCounters([])

/** A player that reads its counters once a second. */
class Player {
  readonly patience = new Patience()
  #now: ReceivedCounters = { ...nothing, roundTripMs: 40 }

  second(change: { frozenS?: number; asked?: number; jitterMs?: number; roundTripMs?: number } = {}): number {
    const before = this.#now
    this.#now = {
      ...before,
      at: before.at + 1000,
      bytes: before.bytes + 100_000,
      frozenS: before.frozenS + (change.frozenS ?? 0),
      nacks: before.nacks + (change.asked ?? 0),
      jitterMs: change.jitterMs ?? 5,
      roundTripMs: change.roundTripMs ?? before.roundTripMs,
    }
    return this.patience.update(before, this.#now)
  }

  /** Plays without freezes until the buffer shrinks; returns the seconds. */
  calm(): number {
    const begun = this.patience.ms
    for (let n = 1; n < 1000; n++) if (this.second() < begun) return n
    return Infinity
  }
}

describe('the jitter buffer', () => {
  test('stays at the browser’s own size without freezes, whatever the round trip and the number of NACKs', () => {
    const player = new Player()
    for (let n = 0; n < 60; n++) expect(player.second({ asked: 5, roundTripMs: 300 })).toBe(0)
  })
  test('grows to the time a retransmission takes, as soon as a picture froze for lack of one', () => {
    expect(new Player().second({ frozenS: 0.3, asked: 2, roundTripMs: 300 })).toBe(550)
    expect(new Player().second({ frozenS: 0.3, jitterMs: 80 })).toBe(160)
  })
  test('keeps growing while the picture freezes, up to two seconds', () => {
    const player = new Player()
    let before = 0
    for (let n = 0; n < 20; n++) {
      const ms = player.second({ frozenS: 0.3, asked: 9 })
      expect(ms).toBeGreaterThanOrEqual(before)
      before = ms
    }
    expect(before).toBe(2000)
  })
  test('does not grow when the picture froze because nothing was sent', () => {
    expect(new Player().second({ frozenS: 3 })).toBe(0)
  })
  test('shrinks step by step to the browser’s own size when there are no freezes', () => {
    const player = new Player()
    player.second({ frozenS: 0.3, asked: 1, roundTripMs: 300 })
    let seconds = 0
    while (player.patience.ms > 0) seconds += player.calm()
    expect(seconds).toBeGreaterThan(60)
    expect(seconds).toBeLessThan(240)
  })
  test('shrinks more slowly after it shrank too much', () => {
    const player = new Player()
    player.second({ frozenS: 0.3, asked: 1, roundTripMs: 300 })
    const first = player.calm()
    player.second({ frozenS: 0.3, asked: 1 })
    expect(player.calm()).toBeGreaterThanOrEqual(2 * first)
  })
  test('keeps its size over a new session, whose counters start at zero', () => {
    const player = new Player()
    const ms = player.second({ frozenS: 0.3, asked: 1, roundTripMs: 300 })
    expect(player.patience.update({ ...nothing, at: 9e6, bytes: 9e9 }, { ...nothing, at: 9.1e6 })).toBe(ms)
    expect(player.patience.update(null, nothing)).toBe(ms)
  })
})
