import { describe, expect, test } from 'vitest'
import { lowered } from '../../../src/state/shop/lowered'

describe('a flash price', () => {
  test('lowers prices of its currencies, and makes none dearer', () => {
    const prices = { EUR: 1000, USD: 1200, GBP: 500 }
    expect(lowered(prices, { prices: { EUR: 600, GBP: 700, CHF: 1 } })).toEqual({ EUR: 600, USD: 1200, GBP: 500 })
    expect(lowered(prices, null)).toEqual(prices)
  })
})
