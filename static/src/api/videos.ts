import { call } from './http'
import { send, type Answer, type Body, type Item } from './operation'

export type Video = Answer<'get', '/api/videos/{video}'>
export type Rendition = Video['renditions'][number]
export type ShownVisibility = Video['visibility']
export type Visibility = Exclude<ShownVisibility, 'withheld'>
export type FeedTab = 'for_you' | 'following'
/** A video, or a live room, that the server shows; `impression` names this showing in feed events. */
export type FeedItem = Item<'/api/feed'>
/** What the catalogue and the feed say of a video alike. */
export type VideoFields = Omit<Video, 'reason'>
type EveryField = Body<'post', '/api/feed/events'>['events'][number]
export type FeedEvent = Pick<EveryField, 'video' | 'kind'> & Partial<EveryField>

const at = (video: string) => ({ path: { video } })

/** `opening`: the app was opened at the feed, so that a takeover may come first. */
export const feed = (tab: FeedTab, cursor: string | null, limit: number, opening = false) =>
  send('get', '/api/feed', { query: { tab, cursor, limit, opening: opening || null } })
export const reportWatching = (events: FeedEvent[]) =>
  call<Answer<'post', '/api/feed/events'>>('POST', '/api/feed/events', { body: { events }, keepalive: true })
export const video = (id: string, signal?: AbortSignal) => send('get', '/api/videos/{video}', { ...at(id), signal })
export const videosBy = (by: string, cursor: string | null) => send('get', '/api/videos', { query: { by, cursor } })
export type TagOrder = 'newest' | 'most_viewed'
export const videosTagged = (tag: string, order: TagOrder, cursor: string | null) =>
  send('get', '/api/tags/{tag}/videos', { path: { tag }, query: { order, cursor } })
export const removeVideo = (id: string) => send('delete', '/api/videos/{video}', at(id))
export const like = (id: string, on: boolean) => send(on ? 'put' : 'delete', '/api/videos/{video}/like', at(id))
export const editVideo = (id: string, change: Body<'patch', '/api/videos/{video}'>) => send('patch', '/api/videos/{video}', { ...at(id), body: change })
