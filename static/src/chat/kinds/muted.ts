import type { EventOf, Kind } from '../kind'

/** `person` may not write before `until` (Unix ms; 0: may write again). */
export type Muted = EventOf<'muted'>

const fact = (person: string) => `muted ${person}`
/** Unix ms until which a person may not write, as far as this client has heard; 0: may write. */
export const mutedUntil = (facts: ReadonlyMap<string, unknown>, person: string): number => Number(facts.get(fact(person)) ?? 0)

export const muted: Kind<Muted> = {
  type: 'muted',
  changeRoom(room, { person, until }, isNew) {
    room.facts.set(fact(person.id), until)
    if (person.id === room.you?.id && isNew) room.mutedUntil = until // of before, the welcome says it
  },
}
