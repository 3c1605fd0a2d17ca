import { expect, test } from 'vitest'
import { coinsTyped, everyDay } from '../../../src/state/wallet/spending.svelte'

test.each([
  ['', null], ['  ', null], ['0', 0], ['1000', 1000], ['1,000', 1000], ['1 000', 1000], ['1\u202f000', 1000], ['1.000.000', 1_000_000],
])('%j is understood', (text, coins) => {
  expect(coinsTyped(text)).toBe(coins)
})

test.each(['1.5', '-1', '1e3', 'ten', '1,00', '9999999999', '١٠'])('%j is no number of coins', (text) => {
  expect(coinsTyped(text)).toBeNaN()
})

test('every day of the graph is there, the last one today', () => {
  const days = everyDay([{ day: 98, coins: 7 }, { day: 60, coins: 1 }], 100, 3)
  expect(days).toEqual([{ day: 98, coins: 7 }, { day: 99, coins: 0 }, { day: 100, coins: 0 }])
})
