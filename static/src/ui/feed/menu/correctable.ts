import type { Why } from '../../../api/feed'
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
const KINDS = ['hashtag', 'creator', 'sound'] as const
const SHOWN_MAX = 4

/** What can be corrected: the interests that the reason names, then the video's creator. Pure. */
export function correctable({ code, details }: Why, video: VideoFields): Correctable[] {
  if (IMPERSONAL.has(code)) return []
  const creator = { kind: 'creator', key: video.by.handle, name: video.by.name || video.by.handle }
  const found = KINDS.flatMap((kind) => named(kind, details[kind] ?? details[`${kind}s`], creator))
  const others = found.some(({ kind }) => kind === 'creator') ? [] : [creator]
  return [...found, ...others].slice(0, SHOWN_MAX)
}

/** One name, a list of them, or something with a handle, name or title. */
function named(kind: string, value: unknown, creator: Correctable): Correctable[] {
  if (Array.isArray(value)) return value.flatMap((one) => named(kind, one, creator))
  if (typeof value === 'string' && value) return [kind === 'creator' ? creator : { kind, key: value, name: value }]
  if (!value || typeof value !== 'object') return []
  const { key, id, handle, name, title } = value as Record<string, unknown>
  const text = [key, handle, id, name].find((one) => typeof one === 'string' && one) as string | undefined
  const words = [name, title, handle, key].find((one) => typeof one === 'string' && one) as string | undefined
  return text ? [{ kind, key: text, name: words ?? text }] : []
}
