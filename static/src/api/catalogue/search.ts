import { send, type Answer } from '../operation'

type Everything = Answer<'get', '/api/search'>
export type SearchKind = 'people' | 'videos' | 'hashtags' | 'sounds' | 'rooms' | 'products'
/** One result, of any kind. */
export type Found = NonNullable<Everything['items']>[number]
export type FoundPerson = Extract<Found, { kind: 'person' }>
export type FoundVideo = Extract<Found, { kind: 'video' }>
export type FoundHashtag = Extract<Found, { kind: 'hashtag' }>
export type FoundSound = Extract<Found, { kind: 'sound' }>
export type FoundProduct = Extract<Found, { kind: 'product' }>
export type FoundRoom = Extract<Found, { kind: 'room' }>
/** The first few of each kind. */
export interface FoundOfEach {
  people: FoundPerson[]
  videos: FoundVideo[]
  hashtags: FoundHashtag[]
  sounds: FoundSound[]
  rooms: FoundRoom[]
  products: FoundProduct[]
}
export type Trending = Answer<'get', '/api/trending'>
export type TagPage = Answer<'get', '/api/tags/{tag}'>

export async function searchEach(q: string, signal?: AbortSignal): Promise<FoundOfEach> {
  const { people = [], videos = [], hashtags = [], sounds = [], rooms = [], products = [] } = await send('get', '/api/search', { query: { q }, signal })
  return { people, videos, hashtags, sounds, rooms, products }
}
export async function searchKind(q: string, kind: SearchKind, cursor: string | null, signal?: AbortSignal) {
  const { items = [], next = null } = await send('get', '/api/search', { query: { q, kind, cursor }, signal })
  return { items, next }
}
export const trending = (signal?: AbortSignal) => send('get', '/api/trending', { signal })
export const tagPage = (tag: string) => send('get', '/api/tags/{tag}', { path: { tag } })
