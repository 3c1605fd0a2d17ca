import { i18n } from '../../i18n/index.svelte'
import { toasts } from '../../state/site/toasts.svelte'

/** The device's own share sheet where there is one, the clipboard otherwise. True if it was shared. */
export async function share(path: string, title: string): Promise<boolean> {
  const url = new URL(path, location.href).href
  if (navigator.share && matchMedia('(pointer: coarse)').matches) {
    return navigator.share({ url, title }).then(() => true, () => false)
  }
  return copy(url, i18n.t.common.linkCopied)
}

export async function copy(text: string, said = i18n.t.common.copied): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    toasts.say(said)
    return true
  } catch {
    // Without a clipboard the text itself is shown, to be copied by hand.
    toasts.say(text)
    return false
  }
}
