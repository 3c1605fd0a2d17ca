import { send, type Body, type Item } from '../operation'

/** Who keeps order in a host's rooms. `host`: the id of a person. */
export type Moderator = Item<'/api/hosts/{host}/moderators'>
export type Sanction = Item<'/api/hosts/{host}/sanctions'>
export type Permission = Body<'put', '/api/hosts/{host}/moderators/{handle}'>['permissions'][number]

export const PERMISSIONS: readonly Permission[] = ['remove', 'timeout', 'ban', 'modes']
/** What somebody is told who is muted or banned. `rules`: those of the host's rooms. */
export const SANCTION_REASONS = ['rules', 'spam', 'harassment', 'hate', 'nudity'] as const
export type SanctionReason = (typeof SANCTION_REASONS)[number]
/** Seconds. The server's bounds are the first and the last. */
export const TIMEOUTS = [60, 600, 3600, 86_400, 604_800] as const
export const TIMEOUT_USUAL = 600
/** Between two lines of a person. */
export const SLOW_SECONDS = [5, 10, 30, 60, 300, 3600] as const
export const FOLLOWED_MINUTES = [0, 10, 60, 1440, 10_080, 43_200] as const

export const moderators = (host: string) => send('get', '/api/hosts/{host}/moderators', { path: { host } })
export const appoint = (host: string, handle: string, permissions: Permission[]) =>
  send('put', '/api/hosts/{host}/moderators/{handle}', { path: { host, handle }, body: { permissions } })
export const dismiss = (host: string, handle: string) => send('delete', '/api/hosts/{host}/moderators/{handle}', { path: { host, handle } })
export const sanctions = (host: string, cursor: string | null) => send('get', '/api/hosts/{host}/sanctions', { path: { host }, query: { cursor } })
export const lift = (host: string, handle: string) => send('delete', '/api/hosts/{host}/sanctions/{handle}', { path: { host, handle } })
export const standing = (host: string, handle: string) => send('get', '/api/hosts/{host}/standings/{handle}', { path: { host, handle } })
