/** Hashtag challenges: for everybody, for their sponsors, and for the people who run the platform. */
import { send, type Answer, type Body, type Item } from '../operation'

export type Challenge = Item<'/api/challenges'>
export type ChallengeState = Challenge['state']
export type Entry = Item<'/api/challenges/{challenge}/entries'>
export type OwnChallenge = Item<'/api/ads/challenges'>
export type NewChallenge = Body<'post', '/api/ads/challenges'>
export type Choice = Challenge['choice']
export type ChallengeTerms = Answer<'get', '/api/ads/challenge-terms'>
export type WaitingChallenge = Item<'/api/admin/ads/challenges'>
export type ChallengeVerdict = Body<'put', '/api/admin/ads/challenges/{challenge}'>
export type Which = 'running' | 'over'

const of = (challenge: string) => ({ path: { challenge } })

export const challenges = (which: Which, cursor: string | null, limit?: number) => send('get', '/api/challenges', { query: { which, cursor, limit } })
export const challenge = (id: string) => send('get', '/api/challenges/{challenge}', of(id))
export const entries = (id: string, cursor: string | null) => send('get', '/api/challenges/{challenge}/entries', { ...of(id), query: { cursor } })

export const challengeTerms = () => send('get', '/api/ads/challenge-terms')
export const ownChallenges = (advertiser: string, cursor: string | null) => send('get', '/api/ads/challenges', { query: { advertiser, cursor } })
export const ownChallenge = (id: string) => send('get', '/api/ads/challenges/{challenge}', of(id))
export const createChallenge = (body: NewChallenge) => send('post', '/api/ads/challenges', { body })
export const editChallenge = (id: string, body: NewChallenge) => send('put', '/api/ads/challenges/{challenge}', { ...of(id), body })
/** Holds the prize. */
export const submitChallenge = (id: string) => send('post', '/api/ads/challenges/{challenge}/submit', { ...of(id), headers: { 'Idempotency-Key': id } })
export const cancelChallenge = (id: string) => send('post', '/api/ads/challenges/{challenge}/cancel', of(id))
export const chooseWinner = (id: string, video: string, because: string) => send('post', '/api/ads/challenges/{challenge}/winner', { ...of(id), body: { video, because } })

export const waitingChallenges = (which: 'waiting' | 'open', cursor: string | null) => send('get', '/api/admin/ads/challenges', { query: { which, cursor } })
export const decideChallenge = (id: string, body: ChallengeVerdict) => send('put', '/api/admin/ads/challenges/{challenge}', { ...of(id), body })
export const stopChallenge = (id: string, because: string) => send('post', '/api/admin/ads/challenges/{challenge}/stop', { ...of(id), body: { because } })
export const setFee = (fee_micro: number) => send('put', '/api/admin/ads/challenge-fee', { body: { fee_micro } })
