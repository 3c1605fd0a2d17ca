import { expect, test } from 'vitest'
import type { Gift, Pack } from '../../../src/api/money'
import { covering, HOLD_COINS_MAX, HOLD_COUNT_MAX, holdMax } from '../../../src/state/room/gift-rules'

const gift = (coins: number): Gift => ({ gift: 'g', name: 'G', coins, art: '' })
const pack = (coins: number): Pack => ({ pack: `p${coins}`, coins, price_minor: coins, currency: 'USD' })

test.each([[1, 50], [10, 50], [50, 10], [99, 5]])('one hold sends gifts of %i coins at most %i times', (coins, most) => {
  expect(holdMax(gift(coins))).toBe(most)
})
test.each([100, 500, 10_000])('holding does nothing for a gift of %i coins', (coins) => {
  expect(holdMax(gift(coins))).toBe(0)
})
test('no hold exceeds its ceilings, whatever a gift costs', () => {
  for (let coins = 1; coins < 200; coins++) {
    expect(holdMax(gift(coins))).toBeLessThanOrEqual(HOLD_COUNT_MAX)
    expect(holdMax(gift(coins)) * coins).toBeLessThanOrEqual(HOLD_COINS_MAX)
  }
})
test('a pack covers a gift together with the coins one has', () => {
  const packs = [pack(70), pack(350), pack(7000)]
  expect([...covering(packs, gift(99), 29)]).toEqual(['p70', 'p350', 'p7000'])
  expect([...covering(packs, gift(99), 28)]).toEqual(['p350', 'p7000'])
  expect(covering(packs, gift(10_000), 100).size).toBe(0)
})
