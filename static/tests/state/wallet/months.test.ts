import { expect, test } from 'vitest'
import { monthName, shifted, thisMonth } from '../../../src/state/wallet/months'

test('a month is that of UTC', () => {
  expect(thisMonth(Date.parse('2026-11-30T23:59:59Z'))).toBe('2026-11')
})

test('months are counted across the end of a year', () => {
  expect([shifted('2026-12', 1), shifted('2026-01', -1), shifted('2026-05', -17)]).toEqual(['2027-01', '2025-12', '2024-12'])
})

test('a month has a name in the person’s language', () => {
  expect([monthName('2026-11', 'en'), monthName('2026-11', 'fr')]).toEqual(['November 2026', 'novembre 2026'])
})
