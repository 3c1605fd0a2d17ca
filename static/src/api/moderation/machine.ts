import { send, type Answer, type Body } from '../operation'

export type Machine = Answer<'get', '/api/moderation/machine'>
export type Label = Machine['labels'][number]
export type WallRoom = Answer<'get', '/api/moderation/wall'>['items'][number]
export type Stop = Body<'post', '/api/moderation/wall/{room}/stop'>
export type WordReason = Body<'post', '/api/moderation/machine/words'>['label']

export const wall = (signal?: AbortSignal) => send('get', '/api/moderation/wall', { signal })
export const stop = (room: string, body: Stop) => send('post', '/api/moderation/wall/{room}/stop', { path: { room }, body })
export const machine = () => send('get', '/api/moderation/machine', {})
export const setThreshold = (label: string, look: number, target: number) =>
  send('put', '/api/moderation/machine/thresholds/{label}', { path: { label }, body: { look, target } })
export const addWords = (words: string, label: WordReason) => send('post', '/api/moderation/machine/words', { body: { words, label } })
export const deleteWords = (words: string) => send('delete', '/api/moderation/machine/words/{words}', { path: { words } })
