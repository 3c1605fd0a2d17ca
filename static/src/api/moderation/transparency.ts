import { send, type Answer } from '../operation'

export type Transparency = Answer<'get', '/api/transparency'>
export type Figures = Transparency['total']
export type MonthFigures = Transparency['months'][number]
export type Precision = Transparency['machine'][number]
/** Null: 1 to 4. */
export type Count = number | null

/** Months as 2026-11; empty: the newest twelve. */
export const transparency = (from: string, to: string) => send('get', '/api/transparency', { query: { from, to } })
