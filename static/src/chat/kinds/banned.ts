import type { EventOf, Kind } from '../kind'

/** `person` is banned from the host's rooms, or not any more. Their own socket is closed by the server. */
export type Banned = EventOf<'banned'>

const fact = (person: string) => `banned ${person}`
/** Whether a person is banned, as far as this client has heard. */
export const isBanned = (facts: ReadonlyMap<string, unknown>, person: string): boolean => facts.get(fact(person)) === true

export const banned: Kind<Banned> = {
  type: 'banned',
  changeRoom(room, { person, banned }) {
    room.facts.set(fact(person.id), banned)
  },
}
