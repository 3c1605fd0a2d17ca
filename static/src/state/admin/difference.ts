/** What the numbers of two groups say about each other. Pure. */
import type { Estimate } from '../../api/experiment'

export type Verdict = 'unknown' | 'open' | 'better' | 'worse'
export interface Difference {
  verdict: Verdict
  /** The treatment's value minus the control's, and where it lies with 95 % confidence; null while nobody can say. */
  value: number | null
  low: number | null
  high: number | null
}
const UNKNOWN: Difference = { verdict: 'unknown', value: null, low: null, high: null }

/** Half the width of an interval. The side that does not end at 0 or 1 shows it in full. */
const error = ({ value, low, high }: Estimate) => Math.max(value! - low!, high! - value!)
const complete = ({ value, low, high }: Estimate) => ![value, low, high].includes(null)

/** The groups are independent of each other: their errors add up as squares. */
export function difference(control: Estimate, treatment: Estimate): Difference {
  if (!complete(control) || !complete(treatment)) return UNKNOWN
  const value = treatment.value! - control.value!
  const around = Math.hypot(error(control), error(treatment))
  const [low, high] = [value - around, value + around]
  return { verdict: low > 0 ? 'better' : high < 0 ? 'worse' : 'open', value, low, high }
}

/** The right edge of a graph of these rates: the first round one that holds all of them. */
export function edgeOf(estimates: readonly Estimate[]): number {
  const largest = Math.max(0, ...estimates.map((one) => one.high ?? one.value ?? 0))
  return [0.01, 0.02, 0.05, 0.1, 0.2, 0.5].find((edge) => edge >= largest) ?? 1
}
