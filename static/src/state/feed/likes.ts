import { like, type VideoFields } from '../../api/videos'
import { session } from '../people/session.svelte'
import { learned } from './feed.svelte'
import { toasts } from '../site/toasts.svelte'

/** Shown at once and undone if the server refuses. */
export async function setLike(video: VideoFields, on: boolean): Promise<void> {
  if (video.liked === on || !session.allows('like')) return
  const before = { liked: video.liked, likes: video.likes }
  video.liked = on
  video.likes = Math.max(0, video.likes + (on ? 1 : -1))
  try {
    Object.assign(video, await like(video.id, on))
    void learned()
  } catch (error) {
    Object.assign(video, before)
    toasts.problem(error)
  }
}
