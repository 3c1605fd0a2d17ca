import { request } from './http'
import { send, type Answer, type Body, type Item } from './operation'

/** What others see of a person everywhere: id, handle and name. */
export type Person = Item<'/api/people/{handle}/followers'>
export type Profile = Answer<'get', '/api/people/{handle}'>
export type Me = Answer<'get', '/api/people/me'>
export type NewPerson = Body<'post', '/api/people'>
type Changes = Body<'patch', '/api/people/me'>

export const join = (person: NewPerson) => send('post', '/api/people', { body: person })
export const signIn = (handle: string, password: string, code = '') => send('post', '/api/sessions', { body: { handle, password, code } })
/** Null for a visitor. */
export const whoIsSignedIn = async (): Promise<Me | null> => (await send('get', '/api/sessions/current')).person
export const signOut = () => send('delete', '/api/sessions/current')
export const me = () => send('get', '/api/people/me')
export const editMe = (changes: Changes) => send('patch', '/api/people/me', { body: changes })
export const profile = (handle: string, signal?: AbortSignal) => send('get', '/api/people/{handle}', { path: { handle }, signal })
export const follow = (handle: string, on: boolean) => send(on ? 'put' : 'delete', '/api/people/{handle}/follow', { path: { handle } })
export const followList = (handle: string, which: 'followers' | 'following', cursor: string | null) =>
  send('get', `/api/people/{handle}/${which}`, { path: { handle }, query: { cursor } })

export type Device = Item<'/api/sessions'>
export type LanguageChoice = Me['language']

export const setAvatar = async (picture: Blob): Promise<Me> => {
  const response = await request('PUT', '/api/people/me/avatar', { body: picture, headers: { 'Content-Type': picture.type } })
  return (await response.json()) as Me
}
export const deleteAvatar = () => send('delete', '/api/people/me/avatar')
export const changeHandle = (handle: string) => send('put', '/api/people/me/handle', { body: { handle } })
export const changePassword = (current: string, fresh: string) => send('put', '/api/people/me/password', { body: { current, new: fresh } })
export const devices = async (): Promise<Device[]> => (await send('get', '/api/sessions')).items
export const signOutDevice = (id: string) => send('delete', '/api/sessions/{id}', { path: { id } })
export const signOutOthers = () => send('delete', '/api/sessions')
