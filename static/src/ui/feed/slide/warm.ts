/** Brings the beginning of a video into the browser's cache, for a slide that is not mounted yet. */
import { downlinkMbit } from '../rendition'

const BYTES = 128 * 1024
const WARMED_MAX = 200
/** On a slower line the video on the screen needs all of it. */
export const AHEAD_MBIT_MIN = 3
const warmed = new Set<string>()

export function warm(url: string): void {
  if (warmed.has(url) || downlinkMbit() < AHEAD_MBIT_MIN) return
  if (warmed.size >= WARMED_MAX) warmed.clear()
  warmed.add(url)
  const init = { headers: { Range: `bytes=0-${BYTES - 1}` }, priority: 'low', redirect: 'manual' } as const
  // Read to its end, because only then is it kept.
  void fetch(url, init).then((answer) => answer.arrayBuffer()).catch(() => warmed.delete(url))
}
