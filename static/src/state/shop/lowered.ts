/** What things cost while a flash price counts: never more than usually, and only in its currencies. */
export function lowered(prices: Record<string, number>, flash: { prices: Record<string, number> } | null): Record<string, number> {
  if (!flash) return prices
  return Object.fromEntries(Object.entries(prices).map(([currency, price]) => [currency, Math.min(price, flash.prices[currency] ?? price)]))
}
