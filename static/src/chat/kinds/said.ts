import type { EventOf, Kind } from '../kind'
import { append } from '../line'

/** Somebody wrote in the chat. The server sends `removed` and `moderator` only when true, a removed line without text. */
export type Said = Omit<EventOf<'said'>, 'removed' | 'moderator'> & { removed?: boolean; moderator?: boolean }

export const said: Kind<Said> = {
  type: 'said',
  changeLines: (lines, { type, seq, by, text, removed = false, moderator = false }) =>
    append(lines, { key: seq, seq, type, by, text, removed, removable: !removed, moderator }),
  show: ({ text, removed = false }, { t }) => (removed ? { text: t.room.removedLine, removed } : { text }),
}
