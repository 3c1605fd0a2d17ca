/** Counts of which the small ones are not told exactly: null stands for 1 to 4. */
import type { Count } from '../../api/moderation/transparency'
import { i18n } from '../../i18n/index.svelte'

const FEW_DRAWN = 2.5

export const counted = (count: Count): string => (count === null ? i18n.t.transparency.few : i18n.number(count))

/** As much as a graph shows of it. */
export const drawn = (count: Count): number => count ?? FEW_DRAWN

const UNITS = [['day', 1440], ['hour', 60], ['minute', 1]] as const

/** A length of time in the largest unit of which it has two. */
export function span(minutes: number): string {
  const [unit, size] = UNITS.find(([, size]) => minutes >= 2 * size) ?? UNITS[2]
  return new Intl.NumberFormat(i18n.language, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: 1 }).format(minutes / size)
}
