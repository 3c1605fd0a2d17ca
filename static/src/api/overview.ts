/** The load of a media node, for moderators. */
import { send, type Answer } from './operation'

type Told = Answer<'get', '/api/media'>
/** A node may not count bytes. */
type Uncounted = 'bytes_in' | 'bytes_out'
export type Overview = Omit<Told, Uncounted> & Partial<Pick<Told, Uncounted>>
export type RoomOverview = Told['rooms'][number]

export const overview = (signal?: AbortSignal): Promise<Overview> => send('get', '/api/media', { signal })
