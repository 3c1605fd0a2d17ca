import type { EventOf, Kind } from '../kind'

/** A sponsored goal runs in the room from now on; null: the host has stopped it. */
export type GoalSet = EventOf<'goal_set'>
export type GoalCredit = NonNullable<GoalSet['goal']>

const FACT = 'goal_set'
export const goalIn = (facts: ReadonlyMap<string, unknown>): GoalCredit | null => (facts.get(FACT) as GoalCredit | null | undefined) ?? null
export const setGoalIn = (facts: Map<string, unknown>, goal: GoalCredit | null) => void (goal ? facts.set(FACT, goal) : facts.delete(FACT))

/** Coins that were given to somebody do not count. */
export function countTowardsGoal(facts: Map<string, unknown>, coins: number, bonus: number): void {
  const goal = goalIn(facts)
  if (goal) setGoalIn(facts, { ...goal, coins: goal.coins + coins - bonus })
}

export const goalSet: Kind<GoalSet> = {
  type: 'goal_set',
  changeRoom(room, { goal }, isNew) {
    if (isNew) setGoalIn(room.facts, goal)
  },
}
