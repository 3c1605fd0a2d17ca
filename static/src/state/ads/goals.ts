/** A sponsored goal in words. */
import type { Goal } from '../../api/ads/goals'
import { i18n } from '../../i18n/index.svelte'
import { micro } from './amounts'

export function goalTexts(goal: Goal): { terms: string; share: string; state: string } {
  const t = i18n.t.goals
  const because = goal.state === 'returned' ? t.because[goal.because] : undefined
  return {
    terms: t.terms(micro(goal.reward_micro, goal.currency), goal.target_coins, i18n.number(goal.target_coins), i18n.number(goal.minutes)),
    share: micro(goal.share_micro, goal.currency),
    state: because ? `${t.states[goal.state] ?? goal.state}. ${because}` : (t.states[goal.state] ?? goal.state),
  }
}
