import type { EventOf, Kind } from '../kind'
import { addNotice } from '../notice'

/** The room is no longer live but still open. */
export type Stopped = EventOf<'stopped'>

export const stopped: Kind<Stopped> = {
  type: 'stopped',
  changeRoom(room, _event, isNew) {
    if (isNew) room.setStatus('idle')
  },
  changeLines: addNotice,
  show: (_line, { t }) => ({ text: t.room.stopped, notice: true }),
}
