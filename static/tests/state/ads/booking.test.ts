import { expect, test } from 'vitest'
import { exact, lackingMinor, typedMicro, typing } from '../../../src/state/ads/amounts'
import { dayFrom, hoursBetween } from '../../../src/state/ads/booking.svelte'

test.each([
  ['12', 12_000_000],
  ['12.5', 12_500_000],
  ['12,50', 12_500_000],
  [' 0.01 ', 10_000],
  ['9999999', 9_999_999_000_000],
])('the amount %j is read', (typed, micro) => expect(typedMicro(typed)).toBe(micro))

test.each(['', '-1', '1.234', '1e3', '12 50', '1,000.00', '99999999', 'NaN', '€5', '.5', '5.'])('%j is no amount', (typed) => expect(typedMicro(typed)).toBeNull())

test('an amount is written as it would be typed', () => {
  expect(['12', '12.50', '0.01'].map((typed) => typing(typedMicro(typed) ?? 0))).toEqual(['12', '12.50', '0.01'])
})

test('what has to add up is shown to the millionth', () => {
  expect([1_000_001, 12_500_000, 0, -3].map((micro) => exact(micro, 'EUR'))).toEqual(['€1.000001', '€12.50', '€0.00', '-€0.000003'])
})

test('what is lacking is rounded up to cents', () => {
  expect(lackingMinor(20_000_000, 0)).toBe(2_000)
  expect(lackingMinor(20_000_001, 0)).toBe(2_001)
  expect(lackingMinor(20_000_000, 25_000_000)).toBe(0)
})

test('days are those of the calendar, also where a month or a year ends', () => {
  expect(dayFrom(0, new Date(2026, 10, 29, 23, 59))).toBe('2026-11-29')
  expect(dayFrom(6, new Date(2026, 10, 29))).toBe('2026-12-05')
  expect(dayFrom(2, new Date(2026, 11, 30))).toBe('2027-01-01')
})

test('hours may pass midnight, and the same hour twice is all day', () => {
  expect(hoursBetween(7, 10)).toEqual([7, 8, 9])
  expect(hoursBetween(22, 2)).toEqual([0, 1, 22, 23])
  expect(hoursBetween(5, 5)).toEqual([])
})
