import { Problem } from './problem'

export interface Page<T> {
  items: T[]
  next: string | null
}
/** The code of a refusal when the session is over; also the event that is dispatched then. */
export const SIGNED_OUT = 'not_signed_in'
interface CallOptions {
  body?: unknown
  headers?: Record<string, string>
  signal?: AbortSignal | undefined
  keepalive?: boolean
}

/** Asks the person to confirm that it is them; resolves to whether they did. The page sets it. */
export const confirming: { ask: (() => Promise<boolean>) | null } = { ask: null }
const STEP_UP_NEEDED = 'step_up_needed'

/** No answer at all becomes the problem `offline`: unlike a refusal, it can be retried. */
export async function request(method: string, path: string, init: RequestInit = {}): Promise<Response> {
  let response: Response
  try {
    response = await fetch(path, { ...init, method, credentials: 'same-origin' })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw new Problem('aborted', 'aborted')
    throw new Problem('offline', 'no answer from the server')
  }
  if (!response.ok) {
    const problem = await Problem.read(response)
    if (problem.code === SIGNED_OUT) dispatchEvent(new Event(SIGNED_OUT))
    if (problem.code === STEP_UP_NEEDED && confirming.ask && (await confirming.ask())) return request(method, path, init)
    throw problem
  }
  return response
}

export async function call<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json', ...options.headers }
  const init: RequestInit = { headers, signal: options.signal ?? null, keepalive: options.keepalive ?? false }
  if (options.body !== undefined) {
    headers['Content-Type'] = 'application/json'
    init.body = JSON.stringify(options.body)
  }
  const response = await request(method, path, init)
  return (response.status === 204 ? undefined : await response.json()) as T
}

export const get = <T>(path: string, signal?: AbortSignal) => call<T>('GET', path, { signal })

export function query(path: string, values: Record<string, string | number | null | undefined>): string {
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(values)) if (value != null && value !== '') search.set(key, String(value))
  const text = search.toString()
  return text ? `${path}?${text}` : path
}

export const segment = encodeURIComponent
