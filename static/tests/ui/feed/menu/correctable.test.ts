import { describe, expect, test } from 'vitest'
import type { VideoFields } from '../../../../src/api/videos'
import { correctable } from '../../../../src/ui/feed/menu/correctable'

const video = { by: { id: 'p1', handle: 'ada', name: 'Ada' } } as VideoFields
const names = (code: string, details: Record<string, unknown>) => correctable({ code, details, text: '' }, video).map(({ kind, key, name }) => [kind, key, name])

describe('what can be corrected about a reason', () => {
  test.each([
    [{ hashtag: 'cats', score: 0.4 }, [['hashtag', 'cats', 'cats'], ['creator', 'p1', 'Ada']]],
    [{ hashtags: ['cats', 'dogs'] }, [['hashtag', 'cats', 'cats'], ['hashtag', 'dogs', 'dogs'], ['creator', 'p1', 'Ada']]],
    [{ creator: 'p1', handle: 'ada' }, [['creator', 'p1', 'Ada']]],
    [{ sound: 's1' }, [['sound', 's1', 's1'], ['creator', 'p1', 'Ada']]],
    [{ hashtag: '' }, [['creator', 'p1', 'Ada']]],
  ])('are the interests it names, and the creator: %j', (details, expected) => {
    expect(names('hashtag', details)).toEqual(expected)
  })
  test.each(['live', 'fresh', 'trending', 'chronological', 'sponsored', 'followed'])('is nothing where it is not about the person: %s', (code) => {
    expect(names(code, { hashtag: 'cats' })).toEqual([])
  })
})
