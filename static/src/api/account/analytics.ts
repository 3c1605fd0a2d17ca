import { send, type Answer } from '../operation'

export type CreatorReport = Answer<'get', '/api/analytics'>
export type VideoReport = Answer<'get', '/api/videos/{video}/analytics'>
export type Day = CreatorReport['days'][number]
export type SourceViews = CreatorReport['sources'][number]
export const PERIODS = [7, 28, 90] as const
export type Period = (typeof PERIODS)[number]

export const creatorReport = (days: Period) => send('get', '/api/analytics', { query: { days } })
export const videoReport = (video: string, days: Period) => send('get', '/api/videos/{video}/analytics', { path: { video }, query: { days } })
