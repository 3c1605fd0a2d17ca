import { describe, expect, test } from 'vitest'
import type { VideoFields } from '../../../../src/api/videos'
import { correctable } from '../../../../src/ui/feed/menu/correctable'

const video = { by: { id: 'p1', handle: 'ada', name: 'Ada' } } as VideoFields
const names = (code: string, details: Record<string, unknown>) => correctable({ code, details, text: '' }, video).map(({ kind, key, name }) => [kind, key, name])

describe('what can be corrected about a reason', () => {
  test.each([
    [{ hashtag: 'cats' }, [['hashtag', 'cats', 'cats'], ['creator', 'ada', 'Ada']]],
    [{ hashtags: ['cats', 'dogs'] }, [['hashtag', 'cats', 'cats'], ['hashtag', 'dogs', 'dogs'], ['creator', 'ada', 'Ada']]],
    [{ creator: 'ada' }, [['creator', 'ada', 'Ada']]],
    [{ creator: { id: 'p2', handle: 'bob', name: '' } }, [['creator', 'bob', 'bob']]],
    [{ sound: { id: 's1', title: 'Rain' } }, [['sound', 's1', 'Rain'], ['creator', 'ada', 'Ada']]],
    [{ score: 3, hashtag: '' }, [['creator', 'ada', 'Ada']]],
  ])('are the interests it names, and the creator: %j', (details, expected) => {
    expect(names('hashtag', details)).toEqual(expected)
  })
  test.each(['live', 'fresh', 'trending', 'chronological', 'sponsored', 'followed'])('is nothing where it is not about the person: %s', (code) => {
    expect(names(code, { hashtag: 'cats' })).toEqual([])
  })
})
