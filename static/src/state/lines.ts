/** The lines of a chat, from the room's events. Pure. */
import type { Person } from '../api/people'
import type { DurableEvent } from '../wire/messages'

export interface Line {
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
  return [...lines, line].slice(-LINES_MAX)
}

function toLine(event: DurableEvent): Line | null {
  const { seq, by } = event
  switch (event.type) {
    case 'said':
      return { seq, kind: 'said', by, text: event.text, removed: event.removed ?? false }
    case 'gifted':
      return { seq, kind: 'gifted', by, text: '', gift: event.gift, count: event.count }
    case 'started':
    case 'stopped':
    case 'ended':
      return { seq, kind: 'notice', by, text: event.type }
    default:
      return null
  }
}
