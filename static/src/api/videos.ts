import { call, get, query, segment, type Page } from './http'
import type { Person } from './people'
import type { Room } from './rooms'

export interface Rendition {
  height: number
  width: number
  url: string
  bytes: number
  bits_per_second: number
}
export interface Video {
  id: string
  state: 'processing' | 'ready' | 'rejected'
  stage: 'queued' | 'probing' | 'transcoding' | 'storing' | null
  progress: number
  reason: string | null
  caption: string
  by: Person
  at: number
  duration_ms: number
  width: number
  height: number
  renditions: Rendition[]
  poster: string | null
  preview: string | null
  likes: number
  liked: boolean
  comments: number
  views: number
}
export interface Comment {
  id: string
  by: Person
  text: string
  at: number
}
export type FeedTab = 'for_you' | 'following'
/** What the catalogue and the feed say of a video alike. */
export type VideoFields = Omit<Video, 'reason'>
interface Showing {
  /** Names this showing in feed events. */
  impression: string
  /** Why it is shown. */
  reason: { code: 'followed' | 'chronological' | 'live' }
}
export type FeedItem = ({ kind: 'video' } & VideoFields & Showing) | ({ kind: 'room'; room: Room } & Showing)
export interface FeedEvent {
  video: string
  kind: 'view' | 'finish' | 'skip' | 'share'
  watched_ms?: number
  impression?: string
}

const path = (id: string) => `/api/videos/${segment(id)}`

export const feed = (tab: FeedTab, cursor: string | null, limit = 10) => get<Page<FeedItem>>(query('/api/feed', { tab, cursor, limit }))
export const reportWatching = (events: FeedEvent[]) =>
  call<{ accepted: number }>('POST', '/api/feed/events', { body: { events }, keepalive: true })
export const video = (id: string, signal?: AbortSignal) => get<Video>(path(id), signal)
export const videosBy = (handle: string, cursor: string | null) => get<Page<Video>>(query('/api/videos', { by: handle, cursor }))
export const removeVideo = (id: string) => call<void>('DELETE', path(id))
export const like = (id: string, on: boolean) => call<{ likes: number; liked: boolean }>(on ? 'PUT' : 'DELETE', `${path(id)}/like`)
export const comments = (id: string, cursor: string | null) => get<Page<Comment>>(query(`${path(id)}/comments`, { cursor }))
export const comment = (id: string, text: string) => call<Comment>('POST', `${path(id)}/comments`, { body: { text } })
export const removeComment = (id: string, comment: string) => call<void>('DELETE', `${path(id)}/comments/${segment(comment)}`)
