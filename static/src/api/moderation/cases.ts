import { send, type Answer, type Body, type Item } from '../operation'

export type QueuedCase = Item<'/api/moderation/cases'>
export type Claimed = Answer<'post', '/api/moderation/claims'>
export type Case = NonNullable<Claimed['case']>
export type Verdict = Body<'post', '/api/moderation/cases/{case}/decision'>['verdict']
export type Statement = Item<'/api/decisions'>
export type Measure = Statement['measure']
export type Category = Statement['category']

export const MEASURES: readonly Measure[] = ['none', 'warn', 'posts', 'live', 'account']
export const CATEGORIES: readonly Category[] = [
  'illegal_or_harmful_speech', 'cyber_violence', 'cyber_violence_against_women', 'violence', 'self_harm', 'minors', 'scams_and_fraud',
  'data_protection', 'intellectual_property', 'unsafe_or_prohibited_products', 'consumer_information', 'animal_welfare',
  'civic_discourse_or_elections', 'public_security', 'other_terms', 'not_specified',
]

export const queue = (cursor: string | null) => send('get', '/api/moderation/cases', { query: { cursor } })
export const claim = (one = '') => send('post', '/api/moderation/claims', { body: { case: one } })
export const renew = (one: string, token: string) => send('put', '/api/moderation/cases/{case}/lease', { path: { case: one }, body: { token } })
export const release = (one: string, token: string, skip: boolean) =>
  send('post', '/api/moderation/cases/{case}/release', { path: { case: one }, body: { token, skip } })
export const decide = (one: string, token: string, verdict: Verdict) =>
  send('post', '/api/moderation/cases/{case}/decision', { path: { case: one }, body: { token, verdict } })
export const judge = (one: string, token: string, reverse: boolean, reason: string) =>
  send('post', '/api/moderation/cases/{case}/judgement', { path: { case: one }, body: { token, reverse, reason } })

export const ownDecisions = (cursor: string | null) => send('get', '/api/decisions', { query: { cursor } })
export const appeal = (decision: string, text: string) => send('post', '/api/decisions/{decision}/appeal', { path: { decision }, body: { text } })
