import type { EventOf, Kind } from '../kind'
import { addNotice } from '../notice'

/** The room is closed for good. It never reopens, so history counts as much as news. */
export type Ended = EventOf<'ended'>

export const ended: Kind<Ended> = {
  type: 'ended',
  changeRoom: (room) => room.end(),
  changeLines: addNotice,
  show: (_line, { t }) => ({ text: t.room.endedNotice, notice: true }),
}
