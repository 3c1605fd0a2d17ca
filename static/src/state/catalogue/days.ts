/** What was watched, day by day. */
export interface Day<T> {
  /** Its midnight in the person's time zone, and the next day's, in Unix ms. */
  since: number
  until: number
  items: T[]
}

/** Items that come newest first, by the day of `at`. Pure. */
export function byDay<T>(items: readonly T[], at: (item: T) => number): Day<T>[] {
  const days: Day<T>[] = []
  for (const item of items) {
    const last = days.at(-1)
    if (last && at(item) >= last.since && at(item) < last.until) last.items.push(item)
    else days.push({ ...bounds(at(item)), items: [item] })
  }
  return days
}

/** Not 24 hours apart on the days when clocks change. */
function bounds(moment: number): { since: number; until: number } {
  const day = new Date(moment)
  const midnight = (after: number) => new Date(day.getFullYear(), day.getMonth(), day.getDate() + after).getTime()
  return { since: midnight(0), until: midnight(1) }
}

/** 0 for today, 1 for yesterday, and so on. Pure. */
export function daysAgo(since: number, now: number): number {
  return Math.round((bounds(now).since - since) / 86_400_000)
}
