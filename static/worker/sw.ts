/**
 * The service worker. Pages come from the network, so that nobody gets an old client after an upgrade; files whose names
 * contain their hash come from the cache. Without a network, every page is the client itself, which says so.
 */
declare const self: ServiceWorkerGlobalScope
/** Written by plugins/worker.ts: what this build consists of. */
declare const __BUILD__: { version: string; files: string[] }
const build = __BUILD__

const PREFIX = 'cadeau-build-'
const CACHE = PREFIX + build.version
/** A tab that has been open since the previous build still loads files of that build. */
const BUILDS_MAX = 2
const SHARED = 'cadeau-shared'
const OFFLINE = '/offline'
/** Not the client's: the server answers these itself, or not at all. */
const SERVERS = /^\/(api|chat|media|docs|embed|oembed|sitemap|live\/)|^\/[\w/-]+\.\w+$/

self.addEventListener('install', (event) => {
  event.waitUntil(fill().then(() => self.skipWaiting()))
})
self.addEventListener('activate', (event) => {
  event.waitUntil(takeOver())
})
self.addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (url.origin !== self.location.origin) return
  if (request.method === 'POST' && url.pathname === '/share') event.respondWith(keepShared(request))
  else if (request.method !== 'GET') return
  else if (request.mode === 'navigate') {
    if (!SERVERS.test(url.pathname)) event.respondWith(page(event))
  } else if (url.pathname.startsWith('/assets/')) event.respondWith(asset(event))
})

self.addEventListener('push', (event) => {
  event.waitUntil(announce(event.data))
})
self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  event.waitUntil(openPage(String((event.notification.data as { url?: string } | null)?.url ?? '/inbox')))
})

async function fill(): Promise<void> {
  const cache = await caches.open(CACHE)
  await cache.addAll([...build.files, new Request(OFFLINE, { cache: 'reload' })])
}

async function takeOver(): Promise<void> {
  const builds = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE)
  await Promise.all(builds.slice(0, builds.length - (BUILDS_MAX - 1)).map((name) => caches.delete(name)))
  await self.registration.navigationPreload?.enable()
  await self.clients.claim()
}

async function page(event: FetchEvent): Promise<Response> {
  try {
    return ((await event.preloadResponse) as Response | undefined) ?? (await fetch(event.request))
  } catch {
    const kept = await (await caches.open(CACHE)).match(OFFLINE, { ignoreVary: true })
    return kept ?? Response.error()
  }
}

async function asset(event: FetchEvent): Promise<Response> {
  const cached = await caches.match(event.request.url, { ignoreVary: true })
  if (cached) return cached
  const response = await fetch(event.request)
  if (response.ok) {
    const copy = response.clone()
    event.waitUntil(caches.open(CACHE).then((cache) => cache.put(event.request.url, copy)))
  }
  return response
}

/** Keeps a video that another app shares until the upload page has taken it (src/state/upload/shared.ts). */
async function keepShared(request: Request): Promise<Response> {
  try {
    const form = await request.formData()
    const file = form.get('file')
    if (file instanceof File) {
      const caption = [form.get('title'), form.get('text')].filter((one) => typeof one === 'string' && one).join(' ')
      const headers = { 'Content-Type': file.type, 'X-Name': encodeURIComponent(file.name), 'X-Caption': encodeURIComponent(caption) }
      await (await caches.open(SHARED)).put('/share', new Response(file, { headers }))
      return Response.redirect('/upload?shared=video', 303)
    }
  } catch {
    // The device is full, or what was sent is no form.
  }
  return Response.redirect('/upload?shared=lost', 303)
}

/** What the server pushes: people/inbox/push/texts.py. */
interface Pushed {
  title: string
  body: string
  url: string
  tag: string
  picture: string | null
  at: number
}

/** Silent while somebody looks at a tab, which shows it by itself. */
async function announce(data: PushMessageData | null): Promise<void> {
  const pages = await self.clients.matchAll({ type: 'window' })
  if (pages.some((page) => page.visibilityState === 'visible')) return
  let pushed: Partial<Pushed> = {}
  try {
    pushed = (data?.json() as Partial<Pushed> | undefined) ?? {}
  } catch {
    // Not ours. Browsers demand that something is shown.
  }
  const { title = 'Cadeau', body = '', url = '/inbox', tag = 'cadeau', picture, at } = pushed
  const options: NotificationOptions & { image?: string; timestamp?: number; renotify?: boolean } = {
    body, tag, renotify: true, icon: '/icons/icon-192.png', badge: '/icons/maskable-192.png', data: { url },
  }
  if (picture) options.image = picture
  if (at) options.timestamp = at
  await self.registration.showNotification(title, options)
}

/** In a tab that is open already, or in a new one. */
async function openPage(path: string): Promise<void> {
  const url = new URL(path, self.location.origin)
  if (url.origin !== self.location.origin) return
  const [page] = await self.clients.matchAll({ type: 'window' })
  if (!page) {
    await self.clients.openWindow(url)
    return
  }
  page.postMessage({ open: url.pathname + url.search })
  await page.focus()
}

export {}
