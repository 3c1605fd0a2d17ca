/** Amounts of money as people type and read them. Millionths on the wire, because a view costs less than a cent. */
import { MICRO, MICRO_PER_MINOR } from '../../api/ads/campaigns'
import { i18n } from '../../i18n/index.svelte'

const AMOUNT = /^\d{1,7}(?:[.,]\d{1,2})?$/

/** "12,50" as millionths; null for what is no amount. */
export function typedMicro(typed: string): number | null {
  const text = typed.trim()
  if (!AMOUNT.test(text)) return null
  const [whole = '0', cents = ''] = text.replace(',', '.').split('.')
  return Number(whole) * MICRO + Number(cents.padEnd(2, '0')) * MICRO_PER_MINOR
}

/** As a person would type it. */
export const typing = (micro: number): string => (micro / MICRO).toFixed(2).replace(/\.00$/, '')

/** Whole cents, down: nobody is shown more than there is. */
export const micro = (amount: number, currency: string): string => i18n.money(Math.floor(amount / MICRO_PER_MINOR), currency)

/** To the millionth, where it is no whole cent: what has to add up. */
export const exact = (amount: number, currency: string): string =>
  new Intl.NumberFormat(i18n.language, { style: 'currency', currency, maximumFractionDigits: 6 }).format(amount / MICRO)

/** The cents that an amount lacks, rounded up. */
export const lackingMinor = (wanted: number, available: number): number => Math.max(0, Math.ceil((wanted - available) / MICRO_PER_MINOR))
