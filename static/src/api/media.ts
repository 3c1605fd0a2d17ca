/** WHIP (RFC 9725) and WHEP: one POST agrees a media session, one DELETE ends it. */
import { request } from './http'

export interface MediaSession {
  answer: string
  location: string
}

export async function postOffer(url: string, sdp: string, key?: string): Promise<MediaSession> {
  const headers: Record<string, string> = { 'Content-Type': 'application/sdp' }
  if (key) headers.Authorization = `Bearer ${key}`
  const response = await request('POST', url, { headers, body: sdp })
  const location = new URL(response.headers.get('Location') ?? url, new URL(url, document.baseURI)).href
  return { answer: await response.text(), location }
}

/** Ending is a courtesy: the server notices a vanished peer by itself, so a failure here is nobody's problem. */
export async function endSession(location: string, key?: string): Promise<void> {
  const headers: Record<string, string> = key ? { Authorization: `Bearer ${key}` } : {}
  await request('DELETE', location, { headers, keepalive: true }).catch(() => undefined)
}
