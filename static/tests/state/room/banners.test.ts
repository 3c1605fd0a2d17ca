import { describe, expect, test } from 'vitest'
import { BANNER_MS, BANNERS_QUEUED_MAX, BANNERS_SHOWN_MAX, Banners } from '../../../src/state/room/banners'
import { addEvent, LINES_MAX, type Line } from '../../../src/state/room/lines'
import type { Gifted, Said } from '../../../src/wire/messages'

const person = (id: string) => ({ id, handle: id, name: id })
let seq = 0
const gifted = (by: string, gift = 'rose', combo = 1, count = 1): Gifted => ({ type: 'gifted', seq: ++seq, at: 0, by: person(by), id: `g${seq}`, gift, count, coins: count, combo })
const said = (by: string, text: string): Said => ({ type: 'said', seq: ++seq, at: 0, by: person(by), id: `s${seq}`, text })

describe('gift banners', () => {
  test('a combo counts on in its banner and stays as long as it goes on', () => {
    const banners = new Banners()
    banners.add(gifted('ada', 'rose', 1), 0)
    banners.add(gifted('ada', 'rose', 2), BANNER_MS - 1)
    expect(banners.shown).toMatchObject([{ combo: 2, beat: 1 }])
    banners.tick(BANNER_MS + 1)
    expect(banners.shown).toHaveLength(1)
    banners.tick(2 * BANNER_MS)
    expect(banners.shown).toHaveLength(0)
  })
  test('no more are shown than fit; the next come in when one goes', () => {
    const banners = new Banners()
    for (const who of ['a', 'b', 'c']) banners.add(gifted(who), 0)
    expect(banners.shown.map((banner) => banner.by.id)).toEqual(['a', 'b'].slice(0, BANNERS_SHOWN_MAX))
    expect(banners.tick(BANNER_MS)).toBe(true)
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

describe('chat lines', () => {
  const after = (...events: Parameters<typeof addEvent>[1][]) => events.reduce<Line[]>((lines, event) => addEvent(lines, event), [])

  test('gifts in a row share a line that keeps its place', () => {
    const first = gifted('ada', 'rose', 1, 1)
    const lines = after(first, gifted('ada', 'rose', 4, 3), gifted('ada', 'heart', 1, 1))
    expect(lines).toMatchObject([{ gift: 'rose', count: 4, key: first.seq }, { gift: 'heart', count: 1 }])
  })
  test('a word in between begins a new line', () => {
    expect(after(gifted('ada'), said('bo', 'wow'), gifted('ada'))).toHaveLength(3)
  })
  test('a line that was taken back shows nothing of its text', () => {
    const bad = said('bo', 'something rude')
    const lines = after(said('ada', 'hi'), bad, { type: 'removed', seq: ++seq, at: 0, by: person('host'), target: bad.seq })
    expect(lines[1]).toMatchObject({ text: '', removed: true })
    expect(lines[0]).toMatchObject({ text: 'hi', removed: false })
  })
  test('the list is bounded', () => {
    expect(after(...Array.from({ length: LINES_MAX + 50 }, (_, index) => said('ada', String(index))))).toHaveLength(LINES_MAX)
  })
})

test('a live that came and went while nobody spoke is one line', () => {
  const turned = (type: 'started' | 'stopped') => ({ type, seq: ++seq, at: 0, by: null })
  const lines = [turned('started'), turned('stopped'), turned('started')].reduce<Line[]>((all, event) => addEvent(all, event), [])
  expect(lines).toMatchObject([{ kind: 'notice', text: 'started' }])
})
