import { send, type Answer, type Body, type Item } from '../operation'

/** Words and links that a host filters in all of their rooms, or an admin in every room. */
export type FilterList = Answer<'get', '/api/hosts/{host}/filters'>
export type FilterAction = Body<'post', '/api/hosts/{host}/filters/words'>['action']
export type LinkRule = Body<'put', '/api/hosts/{host}/filters/links'>['links']
/** A line that waits for a moderator. */
export type Held = Item<'/api/rooms/{room}/held'>

export const ACTIONS: readonly FilterAction[] = ['hold', 'refuse']
export const LINK_RULES: readonly LinkRule[] = ['allow', 'hold', 'refuse', 'listed']

export interface FilterCalls {
  read: () => Promise<FilterList>
  add: (words: string, action: FilterAction) => Promise<unknown>
  remove: (words: string) => Promise<unknown>
  setLinks: (links: LinkRule, domains: string[]) => Promise<unknown>
}

export const ofHost = (host: string): FilterCalls => ({
  read: () => send('get', '/api/hosts/{host}/filters', { path: { host } }),
  add: (words, action) => send('post', '/api/hosts/{host}/filters/words', { path: { host }, body: { words, action } }),
  remove: (words) => send('delete', '/api/hosts/{host}/filters/words/{words}', { path: { host, words } }),
  setLinks: (links, domains) => send('put', '/api/hosts/{host}/filters/links', { path: { host }, body: { links, domains } }),
})
export const ofAll: FilterCalls = {
  read: () => send('get', '/api/moderation/filters', {}),
  add: (words, action) => send('post', '/api/moderation/filters/words', { body: { words, action } }),
  remove: (words) => send('delete', '/api/moderation/filters/words/{words}', { path: { words } }),
  setLinks: (links, domains) => send('put', '/api/moderation/filters/links', { body: { links, domains } }),
}

export const held = (room: string) => send('get', '/api/rooms/{room}/held', { path: { room } })
export const release = (room: string, line: string) => send('post', '/api/rooms/{room}/held/{line}/release', { path: { room, line } })
export const refuse = (room: string, line: string) => send('post', '/api/rooms/{room}/held/{line}/refuse', { path: { room, line } })
