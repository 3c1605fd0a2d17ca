import * as money from '../../api/money'
import { Problem } from '../../api/problem'

/** A person's spending limits, and what they gave in the last 30 days. */
export class Spending {
  answer = $state<money.Spending | null>(null)
  problem = $state<Problem | null>(null)
  saving = $state(false)

  async load(): Promise<void> {
    this.problem = null
    try {
      this.answer = await money.spending()
    } catch (error) {
      this.problem = Problem.from(error)
    }
  }

  /** Null: no limit. Resolves to whether a higher one is waiting; rejects with a Problem. */
  async save(day: number | null, month: number | null): Promise<boolean> {
    this.saving = true
    try {
      const limits = await money.setLimits(day, month)
      if (this.answer) this.answer.limits = limits
      return limits.waiting.length > 0
    } finally {
      this.saving = false
    }
  }
}

/** The number of coins that somebody typed; null for nothing, NaN for anything else. */
export function coinsTyped(text: string): number | null {
  const typed = text.trim()
  if (!typed) return null
  // Thousands may be set apart: a point or a comma before anything but three digits would be a fraction.
  if (!/^(\d{1,9}|\d{1,3}([\s.,'’]\d{3}){1,2})$/.test(typed)) return NaN
  return Number(typed.replace(/\D/g, ''))
}

/** `days` holds only the days with gifts; a graph has them all. Ends with today; days are counted from 1970. */
export function everyDay(days: money.Spending['days'], today: number, count = 30): { day: number; coins: number }[] {
  const given = new Map(days.map(({ day, coins }) => [day, coins]))
  return Array.from({ length: count }, (_, index) => {
    const day = today - count + 1 + index
    return { day, coins: given.get(day) ?? 0 }
  })
}
