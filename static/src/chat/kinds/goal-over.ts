import type { EventOf, Kind } from '../kind'
import { append, type Line } from '../line'
import { setGoalIn } from './goal-set'

/** A sponsored goal was reached in time, or is over without that. */
export type GoalOver = EventOf<'goal_over'>

export const goalOver: Kind<GoalOver, Line> = {
  type: 'goal_over',
  changeRoom(room, _, isNew) {
    if (isNew) setGoalIn(room.facts, null)
  },
  changeLines: (lines, { seq, type, reached }) => (reached ? append(lines, { key: seq, seq, type, by: null, text: '' }) : lines),
  show: (_, { t }) => ({ text: t.goals.reachedLine, notice: true }),
}
