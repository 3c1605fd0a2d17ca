/** Where a video was found that the feed has not shown. */
import type { FeedEvent } from '../../api/videos'

export type Source = NonNullable<FeedEvent['source']>

const PAGES: [RegExp, Source][] = [
  [/^\/@/, 'profile'],
  [/^\/tag\//, 'hashtag_page'],
  [/^\/sound\//, 'sound_page'],
  [/^\/search\b/, 'search'],
  [/^\/inbox\b/, 'inbox'],
  [/^\/room\//, 'live_room'],
  [/^\/saved\b/, 'saved'],
  [/^\/history\b/, 'history'],
]

/** `from`: the path of the page whose link was followed; empty when the link was not on one of ours. Null for the other pages. */
export function sourceOf(from: string): Source | null {
  return from === '' ? 'link' : (PAGES.find(([path]) => path.test(from))?.[1] ?? null)
}
