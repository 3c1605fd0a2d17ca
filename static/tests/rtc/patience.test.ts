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
      asked: before.asked + (change.asked ?? 0),
      jitterMs: change.jitterMs ?? 5,
      roundTripMs: change.roundTripMs ?? before.roundTripMs,
    }
    return this.patience.next(before, this.#now)
  }

  /** Until it waits less; gives the seconds. */
  calm(): number {
    const begun = this.patience.ms
    for (let n = 1; n < 1000; n++) if (this.second() < begun) return n
    return Infinity
  }
}

describe('how long pictures are kept back', () => {
  test('not at all on a good line, however long it is and whatever is asked for again', () => {
    const player = new Player()
    for (let n = 0; n < 60; n++) expect(player.second({ asked: 5, roundTripMs: 300 })).toBe(0)
  })
  test('as long as asking again takes, as soon as a picture stood still for want of it', () => {
    expect(new Player().second({ frozenS: 0.3, asked: 2, roundTripMs: 300 })).toBe(550)
    expect(new Player().second({ frozenS: 0.3, jitterMs: 80 })).toBe(160)
  })
  test('longer while it still stands still, but never longer than two seconds', () => {
    const player = new Player()
    let before = 0
    for (let n = 0; n < 20; n++) {
      const ms = player.second({ frozenS: 0.3, asked: 9 })
      expect(ms).toBeGreaterThanOrEqual(before)
      before = ms
    }
    expect(before).toBe(2000)
  })
  test('a picture that stands still because nothing is sent is no reason', () => {
    expect(new Player().second({ frozenS: 3 })).toBe(0)
  })
  test('step by step less when all is calm, down to nothing', () => {
    const player = new Player()
    player.second({ frozenS: 0.3, asked: 1, roundTripMs: 300 })
    let seconds = 0
    while (player.patience.ms > 0) seconds += player.calm()
    expect(seconds).toBeGreaterThan(60)
    expect(seconds).toBeLessThan(240)
  })
  test('where less was too little it stays for longer', () => {
    const player = new Player()
    player.second({ frozenS: 0.3, asked: 1, roundTripMs: 300 })
    const first = player.calm()
    player.second({ frozenS: 0.3, asked: 1 })
    expect(player.calm()).toBeGreaterThanOrEqual(2 * first)
  })
  test('a new session counts from zero and is kept back as the one before', () => {
    const player = new Player()
    const ms = player.second({ frozenS: 0.3, asked: 1, roundTripMs: 300 })
    expect(player.patience.next({ ...nothing, at: 9e6, bytes: 9e9 }, { ...nothing, at: 9.1e6 })).toBe(ms)
    expect(player.patience.next(null, nothing)).toBe(ms)
  })
})
