import { i18n } from '../../i18n/index.svelte'
import { toasts } from '../../state/site/toasts.svelte'

/** Opens the device's share sheet, or copies the link where there is none. True if it was shared. */
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
    // Without access to the clipboard we show the text, so that it can be copied by hand.
    toasts.say(text)
    return false
  }
}
