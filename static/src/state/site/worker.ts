import { place } from './place.svelte'

/** Registers the service worker, late: its files must not delay the first picture. */
const LATEST_MS = 5000

export function registerWorker(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return
  navigator.serviceWorker.addEventListener('message', ({ data }: MessageEvent<{ open?: unknown } | null>) => {
    // A notification was tapped.
    if (typeof data?.open === 'string') place.go(data.open)
  })
  let done = false
  const register = () => {
    if (done) return
    done = true
    navigator.serviceWorker.register('/sw.js').catch(() => undefined)
  }
  document.addEventListener('playing', register, { capture: true, once: true })
  const later = () => setTimeout(register, LATEST_MS)
  if (document.readyState === 'complete') later()
  else addEventListener('load', later, { once: true })
}

/** After an upgrade, the files of the page that is open may be gone. True if it is being loaded anew, once per build. */
export function reloadedForNewBuild(): boolean {
  const build = import.meta.url
  try {
    if (!navigator.onLine || sessionStorage.getItem('cadeau.reloaded') === build) return false
    sessionStorage.setItem('cadeau.reloaded', build)
  } catch {
    return false
  }
  location.reload()
  return true
}
