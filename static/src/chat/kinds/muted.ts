import type { EventOf, Kind } from '../kind'

/** `person` may not write before `until` (Unix ms; 0: may write again). */
export type Muted = EventOf<'muted'>

export const muted: Kind<Muted> = {
  type: 'muted',
  changeRoom(room, { person, until }) {
    if (person.id === room.you?.id) room.mutedUntil = until
  },
}
