import { call, get, query, segment, type Page } from './http'

export interface Person {
  id: string
  handle: string
  name: string
}
export interface Profile extends Person {
  bio: string
  joined_at: number
  followers: number
  following: number
  followed: boolean
}
export interface Me extends Profile {
  role: 'member' | 'moderator' | 'admin'
  adult: boolean
}
export interface NewPerson {
  handle: string
  password: string
  birthdate: string
  name?: string
}
interface Signed {
  id: string
  handle: string
  token: string
}

const path = (handle: string) => `/api/people/${segment(handle)}`

export const join = (person: NewPerson) => call<Signed>('POST', '/api/people', { body: person })
export const signIn = (handle: string, password: string) => call<Signed>('POST', '/api/sessions', { body: { handle, password } })
export const signOut = () => call<void>('DELETE', '/api/sessions/current')
export const me = () => get<Me>('/api/people/me')
export const editMe = (changes: { name?: string; bio?: string }) => call<Me>('PATCH', '/api/people/me', { body: changes })
export const profile = (handle: string, signal?: AbortSignal) => get<Profile>(path(handle), signal)
export const follow = (handle: string, on: boolean) => call<void>(on ? 'PUT' : 'DELETE', `${path(handle)}/follow`)
export const followList = (handle: string, which: 'followers' | 'following', cursor: string | null) =>
  get<Page<Person>>(query(`${path(handle)}/${which}`, { cursor }))
