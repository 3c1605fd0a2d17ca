/** Prices as people type them, and as the server knows them: in minor units of a currency. */
const WITHOUT_CENTS = new Set(['JPY'])
const places = (currency: string) => (WITHOUT_CENTS.has(currency) ? 0 : 2)

/** Null for what is no amount. */
export function minor(typed: string, currency: string): number | null {
  const text = typed.trim().replace(',', '.')
  if (!/^\d{1,9}(\.\d{0,2})?$/.test(text)) return null
  const [whole = '0', part = ''] = text.split('.')
  const digits = part.padEnd(places(currency), '0')
  return digits.length > places(currency) ? null : Number(whole + digits)
}

export function typed(amount: number, currency: string): string {
  const digits = places(currency)
  const text = String(amount).padStart(digits + 1, '0')
  return digits ? `${text.slice(0, -digits)}.${text.slice(-digits)}` : text
}
