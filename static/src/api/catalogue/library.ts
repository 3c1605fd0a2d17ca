/** What people keep for themselves: saved videos, collections, the watch history. */
import { send, type Item } from '../operation'

export type SavedVideo = Item<'/api/saved'>
export type Collection = Item<'/api/collections'>
export type WatchedVideo = Item<'/api/history'>

export const save = (video: string, on: boolean) => send(on ? 'put' : 'delete', '/api/videos/{video}/save', { path: { video } })
export const saved = (collection: string | null, cursor: string | null) => send('get', '/api/saved', { query: { collection, cursor } })
export const move = (video: string, collection: string | null) => send('put', '/api/saved/{video}', { path: { video }, body: { collection } })

export const collections = () => send('get', '/api/collections')
export const createCollection = (name: string) => send('post', '/api/collections', { body: { name } })
export const renameCollection = (collection: string, name: string) =>
  send('patch', '/api/collections/{collection}', { path: { collection }, body: { name } })
export const removeCollection = (collection: string) => send('delete', '/api/collections/{collection}', { path: { collection } })

export const history = (cursor: string | null) => send('get', '/api/history', { query: { cursor } })
export const forget = (video: string) => send('delete', '/api/history/{video}', { path: { video } })
/** Everything, or what was watched from one moment to before another, in Unix ms. */
export const clearHistory = (since?: number, until?: number) => send('delete', '/api/history', { query: { since, until } })
export const pauseHistory = (paused: boolean) => send('put', '/api/history', { body: { paused } })
