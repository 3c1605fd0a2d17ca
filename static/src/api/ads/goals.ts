/** Sponsored goals: those that advertisers offer, those that a host was offered, those that wait for a review. */
import { send, type Answer, type Body, type Item } from '../operation'

export type Goal = Answer<'get', '/api/ads/goals/{goal}'>
export type NewGoal = Body<'post', '/api/ads/goals'>
export type GoalTerms = Answer<'get', '/api/ads/goal-terms'>
export type WaitingGoal = Item<'/api/admin/ads/goals'>
export type GoalVerdict = Body<'put', '/api/admin/ads/goals/{goal}'>

const of = (goal: string) => ({ path: { goal } })

export const goalTerms = () => send('get', '/api/ads/goal-terms')
export const goals = (advertiser: string, cursor: string | null) => send('get', '/api/ads/goals', { query: { advertiser, cursor } })
export const createGoal = (body: NewGoal) => send('post', '/api/ads/goals', { body })
export const submitGoal = (id: string) => send('post', '/api/ads/goals/{goal}/submit', of(id))
export const cancelGoal = (id: string) => send('post', '/api/ads/goals/{goal}/cancel', of(id))
export const offeredGoals = async (): Promise<Goal[]> => (await send('get', '/api/goals')).items
export const declineGoal = (id: string) => send('post', '/api/goals/{goal}/decline', of(id))
export const waitingGoals = (cursor: string | null) => send('get', '/api/admin/ads/goals', { query: { cursor } })
export const ongoingGoals = (cursor: string | null) => send('get', '/api/admin/ads/goals', { query: { cursor, ongoing: true } })
export const stopGoal = (id: string, note: string) => send('post', '/api/admin/ads/goals/{goal}/stop', { ...of(id), body: { note } })
export const decideGoal = (id: string, body: GoalVerdict) => send('put', '/api/admin/ads/goals/{goal}', { ...of(id), body })
