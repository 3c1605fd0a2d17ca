import type { EventOf, Kind } from '../kind'

/** The chat's modes have changed: how slowly people may write, and whether only followers may. */
export type ModesSet = EventOf<'modes_set'>
export type ChatModes = ModesSet['modes']

const FACT = 'modes_set'
const OPEN: ChatModes = { slow_seconds: 0, followers_minutes: null }
export const modesIn = (facts: ReadonlyMap<string, unknown>): ChatModes => (facts.get(FACT) as ChatModes | undefined) ?? OPEN
export const setModesIn = (facts: Map<string, unknown>, modes: ChatModes) => void facts.set(FACT, modes)

export const modesSet: Kind<ModesSet> = {
  type: 'modes_set',
  changeRoom(room, { modes }, isNew) {
    if (isNew) setModesIn(room.facts, modes) // of before, the welcome says it
  },
}
