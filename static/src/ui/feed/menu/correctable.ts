import type { Why } from '../../../api/catalogue/feed'
import type { VideoFields } from '../../../api/videos'

/** An interest that made the feed show a video, by the names that the server has for it. */
export interface Correctable {
  kind: string
  key: string
  /** What people call it. */
  name: string
}
/** Reasons that are not made of what the person likes: there is nothing to correct about them. */
const IMPERSONAL = new Set(['live', 'fresh', 'trending', 'chronological', 'sponsored', 'followed'])
const KINDS = ['hashtag', 'sound'] as const
const SHOWN_MAX = 4

/** What can be corrected: the interests that the reason names, then the video's creator. Pure. */
export function correctable({ code, details }: Why, video: VideoFields): Correctable[] {
  if (IMPERSONAL.has(code)) return []
  const found = KINDS.flatMap((kind) => named(kind, details[kind] ?? details[`${kind}s`]))
  const creator = { kind: 'creator', key: video.by.id, name: video.by.name || video.by.handle }
  return [...found, creator].slice(-SHOWN_MAX)
}

/** One name or a list of them. */
function named(kind: string, value: unknown): Correctable[] {
  if (Array.isArray(value)) return value.slice(0, SHOWN_MAX - 1).flatMap((one) => named(kind, one))
  return typeof value === 'string' && value ? [{ kind, key: value, name: value }] : []
}
