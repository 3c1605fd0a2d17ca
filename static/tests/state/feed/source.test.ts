import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Reports } from '../../../src/state/feed/reports'
import { sourceOf } from '../../../src/state/feed/source'

describe('where a video was found', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  test.each([
    ['/@ada', 'profile'],
    ['/tag/cats', 'hashtag_page'],
    ['/sound/0001', 'sound_page'],
    ['/search', 'search'],
    ['/inbox', 'inbox'],
    ['/room/0001', 'live_room'],
    ['/saved', 'saved'],
    ['/history', 'history'],
    ['', 'link'],
    ['/upload', null],
    ['/searching', null],
  ])('%s', (from, source) => expect(sourceOf(from)).toBe(source))

  test('is told of the video that was opened by itself, and not beside an impression', async () => {
    const sent: object[] = []
    const reports = new Reports(async (events) => void sent.push(...events))
    reports.opened('a', 'profile')
    reports.left('a', 3000)
    reports.shared('b')
    reports.left('a', 4000, 'shown')
    reports.opened('a', null)
    reports.shared('a')
    await reports.flush()
    expect(sent).toEqual([
      { video: 'a', kind: 'view', watched_ms: 3000, source: 'profile' },
      { video: 'b', kind: 'share' },
      { video: 'a', kind: 'view', watched_ms: 4000, impression: 'shown' },
      { video: 'a', kind: 'share' },
    ])
  })
})
