/** One line of a room's chat. Kinds of events extend it with what they need to draw themselves. */
import type { Person } from '../api/people'

export interface Line {
  /** Stays the same when later events join the line. */
  key: number
  /** Of the newest event in the line. */
  seq: number
  /** The kind of event that draws it. */
  type: string
  by: Person | null
  /** What somebody said; empty in other lines. */
  text: string
  /** The host and moderators can take it back. */
  removable?: boolean
  removed?: boolean
  /** Who wrote it was a moderator of the room. */
  moderator?: boolean
  /** See notice.ts. */
  notice?: boolean
}
export const LINES_MAX = 250

export const append = (lines: Line[], line: Line): Line[] => [...lines, line].slice(-LINES_MAX)
export const replaceLast = (lines: Line[], line: Line): Line[] => [...lines.slice(0, -1), line]
