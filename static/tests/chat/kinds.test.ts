import { describe, expect, test } from 'vitest'
import type { Durable } from '../../src/chat/kind'
import { kinds } from '../../src/chat/kinds'
import type { Gifted } from '../../src/chat/kinds/gifted'
import type { Removed } from '../../src/chat/kinds/removed'
import type { Said } from '../../src/chat/kinds/said'
import { LINES_MAX, type Line } from '../../src/chat/line'

const person = (id: string) => ({ id, handle: id, name: id })
let seq = 0
const gifted = (by: string, gift = 'rose', combo = 1, count = 1): Gifted => ({ type: 'gifted', seq: ++seq, at: 0, by: person(by), id: `g${seq}`, gift, count, coins: count, bonus: 0, combo })
const said = (by: string, text: string): Said => ({ type: 'said', seq: ++seq, at: 0, by: person(by), id: `s${seq}`, text })

describe('chat lines', () => {
  const after = (...events: Durable[]) => events.reduce<Line[]>((lines, event) => kinds.changeLines(lines, event), [])

  test('count the same gift of a person in one line that keeps its place', () => {
    const first = gifted('ada', 'rose', 1, 1)
    const lines = after(first, gifted('ada', 'rose', 4, 3), gifted('ada', 'heart', 1, 1))
    expect(lines).toMatchObject([{ gift: 'rose', count: 4, key: first.seq }, { gift: 'heart', count: 1 }])
  })
  test('start a new line for a gift after a message', () => {
    expect(after(gifted('ada'), said('bo', 'wow'), gifted('ada'))).toHaveLength(3)
  })
  test('keep nothing of the text of a removed message', () => {
    const bad = said('bo', 'something rude')
    const takenBack: Removed = { type: 'removed', seq: ++seq, at: 0, by: person('host'), target: bad.seq }
    const lines = after(said('ada', 'hi'), bad, takenBack)
    expect(lines[1]).toMatchObject({ text: '', removed: true })
    expect(lines[0]).toMatchObject({ text: 'hi', removed: false })
  })
  test('are bounded', () => {
    expect(after(...Array.from({ length: LINES_MAX + 50 }, (_, index) => said('ada', String(index))))).toHaveLength(LINES_MAX)
  })
})

test('notices in a row are one line', () => {
  const turned = (type: 'started' | 'stopped') => ({ type, seq: ++seq, at: 0, by: null })
  const lines = [turned('started'), turned('stopped'), turned('started')].reduce<Line[]>((all, event) => kinds.changeLines(all, event), [])
  expect(lines).toEqual([{ key: expect.any(Number), seq, type: 'started', by: null, text: '', notice: true }])
})
