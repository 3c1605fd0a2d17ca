import type { EventOf, Kind } from '../kind'

/** The host's picture has a sponsored effect from now on, or none. */
export type EffectSet = EventOf<'effect_set'>
export type EffectCredit = NonNullable<EffectSet['effect']>

const FACT = 'effect_set'
/** The sponsored effect that the host's picture has now. */
export const effectIn = (facts: ReadonlyMap<string, unknown>): EffectCredit | null => (facts.get(FACT) as EffectCredit | null | undefined) ?? null
export const setEffectIn = (facts: Map<string, unknown>, effect: EffectCredit | null) => void (effect ? facts.set(FACT, effect) : facts.delete(FACT))

export const effectSet: Kind<EffectSet> = {
  type: 'effect_set',
  changeRoom(room, { effect }, isNew) {
    if (isNew) setEffectIn(room.facts, effect)
  },
}
