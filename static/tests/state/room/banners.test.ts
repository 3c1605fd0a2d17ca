import { describe, expect, test } from 'vitest'
import type { Gifted } from '../../../src/chat/kinds/gifted'
import { BANNER_MS, BANNERS_QUEUED_MAX, BANNERS_SHOWN_MAX, Banners } from '../../../src/state/room/banners'

const person = (id: string) => ({ id, handle: id, name: id })
let seq = 0
const gifted = (by: string, gift = 'rose', combo = 1, count = 1): Gifted => ({ type: 'gifted', seq: ++seq, at: 0, by: person(by), id: `g${seq}`, gift, count, coins: count, bonus: 0, combo })

describe('gift banners', () => {
  test('a combo counts up in its banner, which stays while the combo goes on', () => {
    const banners = new Banners()
    banners.add(gifted('ada', 'rose', 1), 0)
    banners.add(gifted('ada', 'rose', 2), BANNER_MS - 1)
    expect(banners.shown).toMatchObject([{ combo: 2, beat: 1 }])
    banners.advance(BANNER_MS + 1)
    expect(banners.shown).toHaveLength(1)
    banners.advance(2 * BANNER_MS)
    expect(banners.shown).toHaveLength(0)
  })
  test('no more are shown than fit; the next one appears when one goes', () => {
    const banners = new Banners()
    for (const who of ['a', 'b', 'c']) banners.add(gifted(who), 0)
    expect(banners.shown.map((banner) => banner.by.id)).toEqual(['a', 'b'].slice(0, BANNERS_SHOWN_MAX))
    expect(banners.advance(BANNER_MS)).toBe(true)
    expect(banners.shown.map((banner) => banner.by.id)).toEqual(['c'])
  })
  test('a storm of gifts is bounded', () => {
    const banners = new Banners()
    for (let index = 0; index < 500; index += 1) banners.add(gifted(`p${index}`), 0)
    expect(banners.queued).toHaveLength(BANNERS_QUEUED_MAX)
  })
  test('another gift of the same person is another banner', () => {
    const banners = new Banners()
    banners.add(gifted('ada', 'rose'), 0)
    banners.add(gifted('ada', 'heart'), 0)
    expect(banners.shown).toHaveLength(2)
  })
})
