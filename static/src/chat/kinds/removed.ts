import type { EventOf, Kind } from '../kind'

/** A moderator took back the line whose `seq` is `target`. */
export type Removed = EventOf<'removed'>

export const removed: Kind<Removed> = {
  type: 'removed',
  changeLines: (lines, { target }) =>
    lines.map((line) => (line.seq === target ? { ...line, text: '', removed: true, removable: false } : line)),
}
