import { save } from '../../api/catalogue/library'
import type { VideoFields } from '../../api/videos'
import { i18n } from '../../i18n/index.svelte'
import { session } from '../people/session.svelte'
import { toasts } from '../site/toasts.svelte'

/** Shown at once and undone if the server refuses. */
export async function setSaved(video: VideoFields, on: boolean): Promise<void> {
  if (video.saved === on || !session.allows('save')) return
  video.saved = on
  try {
    video.saved = (await save(video.id, on)).saved
    toasts.say(on ? i18n.t.saved.now : i18n.t.saved.removed)
  } catch (error) {
    video.saved = !on
    toasts.problem(error)
  }
}
