/** A history router: paths to lazily loaded pages. */
import type { Component } from 'svelte'

export type Params = Record<string, string>
export interface PageModule {
  default: Component<{ params: Params }>
}
/** A page may also take no parameters. */
type AnyPageModule = PageModule | { default: Component<Record<string, never>> }
export interface Route {
  name: string
  pattern: RegExp
  load: () => Promise<PageModule>
}
export interface Match {
  route: Route
  params: Params
}

/** `/room/:id` becomes a pattern with the named group `id`. A trailing slash is accepted. */
export function route(name: string, path: string, load: () => Promise<AnyPageModule>): Route {
  const source = path.replace(/\/$/, '').replace(/:(\w+)/g, '(?<$1>[^/]+)')
  return { name, pattern: new RegExp(`^${source}/?$`), load: load as Route['load'] }
}

export function match(routes: readonly Route[], pathname: string): Match | null {
  for (const candidate of routes) {
    const found = candidate.pattern.exec(pathname)
    if (!found) continue
    const params: Params = {}
    for (const [key, value] of Object.entries(found.groups ?? {})) params[key] = decode(value)
    return { route: candidate, params }
  }
  return null
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Where to go after signing in. Only a path of this site, so that a link cannot send people to another one. */
export function safeNext(search: string): string {
  const next = new URLSearchParams(search).get('next')
  return next && /^\/(?![/\\])/.test(next) ? next : '/'
}

export function withNext(path: string, next: string): string {
  return `${path}?next=${encodeURIComponent(next)}`
}
