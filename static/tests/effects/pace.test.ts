import { expect, test } from 'vitest'
import { Pace, WINDOW_MS } from '../../src/effects/pace'

/** Runs for twenty seconds with a camera of 30 pictures a second, of which every `every`-th is drawn. */
function slow(every: number): boolean {
  const pace = new Pace()
  let told = false
  for (let presented = every; presented < 600; presented += every) told ||= pace.tooSlow(presented, 1000 + (presented * 1000) / 30)
  return told
}

test('who draws every picture keeps up', () => expect(slow(1)).toBe(false))
test('who draws every second picture does not', () => expect(slow(2)).toBe(true))
test('one long pause is forgiven once the pace is right again', () => {
  const pace = new Pace()
  pace.tooSlow(1, 1000)
  expect(pace.tooSlow(2, 1000 + WINDOW_MS)).toBe(false)
  let presented = 20
  for (let now = 1000 + WINDOW_MS; now < 1000 + 3 * WINDOW_MS; now += 33) expect(pace.tooSlow(presented++, now)).toBe(false)
})
