/** The lines of a chat, from the room's events. Pure. */
import type { Person } from '../../api/people'
import type { DurableEvent } from '../../wire/messages'

export interface Line {
  /** Stays when later gifts join the line. */
  key: number
  /** Of the newest event in it. */
  seq: number
  kind: 'said' | 'gifted' | 'notice'
  by: Person | null
  text: string
  gift?: string
  count?: number
  removed?: boolean
}
export const LINES_MAX = 250

export function addEvent(lines: Line[], event: DurableEvent): Line[] {
  if (event.type === 'removed') {
    return lines.map((line) => (line.seq === event.target ? { ...line, text: '', removed: true } : line))
  }
  const line = toLine(event)
  if (!line) return lines
  const last = lines.at(-1)
  if (last && line.kind === 'gifted' && last.kind === 'gifted' && last.gift === line.gift && last.by?.id === line.by?.id) {
    return [...lines.slice(0, -1), { ...line, key: last.key, count: (last.count ?? 0) + (line.count ?? 0) }]
  }
  // A live that came and went while nobody spoke is one piece of news: the last.
  if (last?.kind === 'notice' && line.kind === 'notice') return [...lines.slice(0, -1), line]
  return [...lines, line].slice(-LINES_MAX)
}

function toLine(event: DurableEvent): Line | null {
  const { seq, by } = event
  switch (event.type) {
    case 'said':
      return { key: seq, seq, kind: 'said', by, text: event.text, removed: event.removed ?? false }
    case 'gifted':
      return { key: seq, seq, kind: 'gifted', by, text: '', gift: event.gift, count: event.count }
    case 'started':
    case 'stopped':
    case 'ended':
      return { key: seq, seq, kind: 'notice', by, text: event.type }
    default:
      return null
  }
}
