/** What is only for oneself: saved videos, collections, the watch history, one's own likes and comments. */
import { send, type Item } from '../operation'

export type SavedVideo = Item<'/api/saved'>
export type Collection = Item<'/api/collections'>
export type WatchedVideo = Item<'/api/history'>
export type OwnLike = Item<'/api/likes'>
export type OwnComment = Item<'/api/comments'>

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

export const ownLikes = (cursor: string | null) => send('get', '/api/likes', { query: { cursor } })
export const ownComments = (cursor: string | null) => send('get', '/api/comments', { query: { cursor } })
