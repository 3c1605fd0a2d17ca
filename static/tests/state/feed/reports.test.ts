import { describe, expect, test } from 'vitest'
import { Reports } from '../../../src/state/feed/reports'

describe('reports', () => {
  test('a view is reported once, a finish once, a skip only when the video was left early', () => {
    const sent: unknown[] = []
    const reports = new Reports(async (events) => sent.push(...events))
    reports.watching('a', 400)
    reports.watching('a', 1200)
    reports.watching('a', 2400)
    reports.finished('a', 5000)
    reports.finished('a', 10_000)
    reports.left('a', 900)
    reports.left('b', 800)
    reports.left('c', 8000)
    reports.left('d', 0)
    reports.flush()
    expect(sent).toEqual([
      { video: 'a', kind: 'view', watched_ms: 1200 },
      { video: 'a', kind: 'finish', watched_ms: 5000 },
      { video: 'b', kind: 'skip', watched_ms: 800 },
    ])
  })
  test('an event names the impression it belongs to', () => {
    const sent: unknown[] = []
    const reports = new Reports(async (events) => sent.push(...events))
    reports.watching('a', 1200, 'i1')
    reports.finished('a', 5000, 'i1')
    reports.left('b', 800, 'i2')
    reports.shared('a', 'i1')
    reports.shared('c')
    reports.flush()
    expect(sent).toEqual([
      { video: 'a', kind: 'view', watched_ms: 1200, impression: 'i1' },
      { video: 'a', kind: 'finish', watched_ms: 5000, impression: 'i1' },
      { video: 'b', kind: 'skip', watched_ms: 800, impression: 'i2' },
      { video: 'a', kind: 'share', impression: 'i1' },
      { video: 'c', kind: 'share' },
    ])
  })
})
