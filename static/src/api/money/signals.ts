import { send, type Item } from '../operation'

export type SignalRow = Item<'/api/admin/signals'>
export type SignalState = SignalRow['signal']['state']

export const SIGNAL_STATES: readonly SignalState[] = ['open', 'confirmed', 'cleared']

export const signals = (state: SignalState, cursor: string | null) => send('get', '/api/admin/signals', { query: { state, cursor } })
export const decide = (id: string, state: 'cleared' | 'confirmed', note: string) =>
  send('post', '/api/admin/signals/{id}', { path: { id }, body: { state, note } })
