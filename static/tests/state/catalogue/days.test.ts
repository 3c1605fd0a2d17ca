import { describe, expect, it } from 'vitest'
import { byDay, daysAgo } from '../../../src/state/catalogue/days'

const at = (...parts: [number, number, number, number?, number?]) => new Date(...(parts as [number, number, number])).getTime()

describe('days of a history', () => {
  it('puts what was watched on one day together, newest day first', () => {
    const items = [at(2026, 4, 3, 23, 59), at(2026, 4, 3, 0, 0), at(2026, 4, 2, 23, 59), at(2026, 3, 1, 12)]
    const days = byDay(items, (item) => item)
    expect(days.map((day) => day.items)).toEqual([items.slice(0, 2), [items[2]], [items[3]]])
    expect(days[0]?.since).toBe(at(2026, 4, 3))
    expect(days[0]?.until).toBe(at(2026, 4, 4))
  })
  it('has no days without items', () => {
    expect(byDay([], () => 0)).toEqual([])
  })
  it('counts days, also over changes of the clock', () => {
    for (let month = 0; month < 12; month += 1) expect(daysAgo(at(2026, month, 1), at(2026, month + 1, 1, 15))).toBe(new Date(2026, month + 1, 0).getDate())
    expect(daysAgo(at(2026, 4, 3), at(2026, 4, 3, 23, 59))).toBe(0)
  })
})
