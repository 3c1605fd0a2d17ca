import { describe, expect, it } from 'vitest'
import type { Comment } from '../../../src/api/catalogue/comments'
import { unseen } from '../../../src/state/catalogue/unseen'

const comment = (id: string) => ({ id }) as Comment

describe('pages of comments', () => {
  it('leave out what an earlier page, or the page itself, has already', () => {
    const page = unseen([comment('a'), comment('b')], [comment('b'), comment('c'), comment('c'), comment('d')])
    expect(page.map((one) => one.id)).toEqual(['c', 'd'])
  })
})
