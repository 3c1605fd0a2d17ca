/** Lines that say what happened to the room. Notices in a row are one line: only the last one is still true. */
import type { Durable } from './kind'
import { append, replaceLast, type Line } from './line'

export function addNotice(lines: Line[], { type, seq, by }: Durable): Line[] {
  const line: Line = { key: seq, seq, type, by, text: '', notice: true }
  return lines.at(-1)?.notice ? replaceLast(lines, line) : append(lines, line)
}
