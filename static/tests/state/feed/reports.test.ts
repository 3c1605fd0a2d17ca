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
})
