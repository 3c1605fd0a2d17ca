import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Problem } from '../../../src/api/problem'
import { Reports } from '../../../src/state/feed/reports'

/** A server that takes everything, until `away` is set. */
function line() {
  const sent: object[] = []
  const state = { sent, calls: 0, away: null as Problem | null, beacons: true }
  const reports = new Reports(
    async (events) => {
      state.calls += 1
      if (state.away) throw state.away
      sent.push(...events)
    },
    (events) => {
      if (state.beacons) sent.push(...events)
      return state.beacons
    },
  )
  return { reports, state, sent }
}

describe('reports', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  test('a view tells once how long a video was watched in all, a skip only what was left early', async () => {
    const { reports, sent } = line()
    reports.watching('a', 400)
    reports.watching('a', 5200)
    reports.left('a', 5200.4)
    reports.left('a', 9000)
    reports.left('b', 1900)
    reports.left('c', 0)
    await reports.flush()
    expect(sent).toEqual([
      { video: 'a', kind: 'view', watched_ms: 5200 },
      { video: 'b', kind: 'skip', watched_ms: 1900 },
    ])
  })
  test('a short video that played to its end was viewed and finished, and not skipped', async () => {
    const { reports, sent } = line()
    reports.finished('a', 1200)
    reports.finished('a', 2400)
    reports.left('a', 1500)
    await reports.flush()
    expect(sent).toEqual([
      { video: 'a', kind: 'view', watched_ms: 1200 },
      { video: 'a', kind: 'finish', watched_ms: 1200 },
    ])
  })
  test('an event names the impression it belongs to, and each showing is told', async () => {
    const { reports, sent } = line()
    reports.left('a', 3000, 'i1')
    reports.left('a', 4000, 'i2')
    reports.shared('a', 'i2')
    reports.shared('c')
    reports.notInterested('a', 'i2')
    await reports.flush()
    expect(sent).toEqual([
      { video: 'a', kind: 'view', watched_ms: 3000, impression: 'i1' },
      { video: 'a', kind: 'view', watched_ms: 4000, impression: 'i2' },
      { video: 'a', kind: 'share', impression: 'i2' },
      { video: 'c', kind: 'share' },
      { video: 'a', kind: 'not_interested', impression: 'i2' },
    ])
  })
  test('what was watched until now is told when the page is left', () => {
    const { reports, sent } = line()
    reports.shared('a')
    reports.watching('b', 2500)
    reports.leave()
    reports.left('b', 2600)
    reports.leave()
    expect(sent).toEqual([
      { video: 'a', kind: 'share' },
      { video: 'b', kind: 'view', watched_ms: 2500 },
    ])
  })
  test('a beacon that the browser refuses is kept for later', async () => {
    const { reports, state, sent } = line()
    state.beacons = false
    reports.shared('a')
    reports.leave()
    expect(sent).toEqual([])
    await reports.flush()
    expect(sent).toHaveLength(1)
  })
  test.each([new Problem('offline', ''), new Problem('http_503', '', 503), new Problem('too_many_requests', '', 429)])(
    'what could not be told is told later, in its order: %s',
    async (away) => {
      const { reports, state, sent } = line()
      state.away = away
      reports.shared('a')
      await reports.flush()
      reports.shared('b')
      state.away = null
      await vi.runAllTimersAsync()
      expect(sent).toEqual([{ video: 'a', kind: 'share' }, { video: 'b', kind: 'share' }])
    },
  )
  test('what the server refuses is given up', async () => {
    const { reports, state, sent } = line()
    state.away = new Problem('invalid_request', '', 400)
    reports.shared('a')
    await reports.flush()
    state.away = null
    await vi.runAllTimersAsync()
    expect(sent).toEqual([])
    expect(state.calls).toBe(1)
  })
  test('a line that stays away is asked ever more rarely, and what waits is bounded', async () => {
    const { reports, state, sent } = line()
    state.away = new Problem('offline', '')
    for (let number = 0; number < 1000; number++) reports.shared(`v${number}`)
    await vi.advanceTimersByTimeAsync(600_000)
    expect(state.calls).toBeLessThan(25)
    state.away = null
    await vi.runAllTimersAsync()
    expect(sent).toHaveLength(300)
    expect(sent.at(-1)).toEqual({ video: 'v999', kind: 'share' })
  })
})
