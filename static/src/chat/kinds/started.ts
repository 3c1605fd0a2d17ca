import type { EventOf, Kind } from '../kind'
import { addNotice } from '../notice'

/** The room went live. */
export type Started = EventOf<'started'>

export const started: Kind<Started> = {
  type: 'started',
  changeRoom(room, _event, isNew) {
    if (isNew) room.setStatus('live')
  },
  changeLines: addNotice,
  show: (_line, { t }) => ({ text: t.room.started, notice: true }),
}
