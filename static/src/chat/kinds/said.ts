import type { EventOf, Kind } from '../kind'
import { append } from '../line'

/** Somebody wrote in the chat. The server sends `removed` only when it is true, and then without the text. */
export type Said = Omit<EventOf<'said'>, 'removed'> & { removed?: boolean }

export const said: Kind<Said> = {
  type: 'said',
  changeLines: (lines, { type, seq, by, text, removed = false }) =>
    append(lines, { key: seq, seq, type, by, text, removed, removable: !removed }),
  show: ({ text, removed = false }, { t }) => (removed ? { text: t.room.removedLine, removed } : { text }),
}
