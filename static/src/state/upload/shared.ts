/** A video that another app has shared with this one; the service worker keeps it (worker/sw.ts). */
const SHARED = 'cadeau-shared'
const text = (response: Response, name: string) => decodeURIComponent(response.headers.get(name) ?? '')

export interface Shared {
  file: File
  caption: string
}

/** Takes the video, once. Null if there is none. */
export async function takeShared(): Promise<Shared | null> {
  if (!('caches' in globalThis)) return null
  const cache = await caches.open(SHARED)
  const kept = await cache.match('/share')
  if (!kept) return null
  const file = new File([await kept.blob()], text(kept, 'X-Name') || 'video.mp4', { type: kept.headers.get('Content-Type') ?? '' })
  await cache.delete('/share')
  return { file, caption: text(kept, 'X-Caption') }
}
