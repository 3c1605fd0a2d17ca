import type { Agreement } from '../../api/money/agreements'
import { i18n } from '../../i18n/index.svelte'

/** From when until when an agreement holds, in words. */
export function when(one: Pick<Agreement, 'valid_from' | 'until' | 'state'>): string {
  const t = i18n.t.agreements
  const from = i18n.day(one.valid_from)
  if (one.state === 'ended') return t.span(from, i18n.day(one.until ?? one.valid_from))
  const begins = one.state === 'planned' ? t.from(from) : t.since(from)
  return one.until === null ? begins : `${begins}, ${t.until(i18n.day(one.until))}`
}

/** A person's name as an agreement shows it. */
export const nameOf = (person: { name: string; handle: string } | null): string => person?.name || (person ? `@${person.handle}` : i18n.t.agreements.gone)

/** What a date field says, in Unix ms: the beginning of that day here; 0 if it is empty. */
export const startOf = (date: string): number => (date ? new Date(`${date}T00:00`).getTime() : 0)
