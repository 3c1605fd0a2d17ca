import { send, type Answer } from '../operation'

export type Earnings = Answer<'get', '/api/earnings'>
export type Held = Answer<'get', '/api/wallet/held'>
export const PERIODS = [7, 28, 90, 365] as const
export type Period = (typeof PERIODS)[number]

export const earnings = (days: Period) => send('get', '/api/earnings', { query: { days } })
export const held = () => send('get', '/api/wallet/held')
