import { send, type Answer, type Body } from '../operation'
import type { VideoFields } from '../videos'

/** A sound on its own page. */
export type Sound = Answer<'get', '/api/sounds/{sound}'>
/** A sound as its videos name it. */
export type SoundBrief = NonNullable<VideoFields['sound']>

const at = (sound: string) => ({ path: { sound } })

export const sound = (id: string) => send('get', '/api/sounds/{sound}', at(id))
export const videosWithSound = (id: string, cursor: string | null) => send('get', '/api/sounds/{sound}/videos', { ...at(id), query: { cursor } })
export const changeSound = (id: string, body: Body<'patch', '/api/sounds/{sound}'>) => send('patch', '/api/sounds/{sound}', { ...at(id), body })
