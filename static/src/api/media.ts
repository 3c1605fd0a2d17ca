/** WHIP (RFC 9725) and WHEP: one POST agrees a media session, one DELETE ends it. */
import { call, get, request } from './http'

export interface MediaSession {
  answer: string
  location: string
  /** Where a viewer says which quality it wants, if the server has several doors open for that. */
  layers: string | null
}
/** One quality of a picture. */
export interface Layer {
  layer: string
  width?: number
  height?: number
  bitrate_bps: number
  frames_per_second: number
}
export interface LayerChoice {
  /** Best first. */
  layers: Layer[]
  playing: string | null
  choice: string
  estimate_bps: number | null
  round_trip_ms: number | null
  /** share of packets, 0 to 1 */
  loss: number
}
const LAYER_RELATION = 'urn:ietf:params:whep:ext:core:layer'

export async function postOffer(url: string, sdp: string, key?: string): Promise<MediaSession> {
  const headers: Record<string, string> = { 'Content-Type': 'application/sdp' }
  if (key) headers.Authorization = `Bearer ${key}`
  const response = await request('POST', url, { headers, body: sdp })
  const base = new URL(url, document.baseURI)
  const location = new URL(response.headers.get('Location') ?? url, base).href
  const layers = linked(response.headers.get('Link') ?? '', LAYER_RELATION)
  return { answer: await response.text(), location, layers: layers === null ? null : new URL(layers, base).href }
}

/** The target of a Link header (RFC 8288) with this relation. */
export function linked(header: string, relation: string): string | null {
  for (const [, target, parameters] of header.matchAll(/<([^>]*)>([^<]*)/g)) {
    const relations = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,]+))/i.exec(parameters ?? '')
    if ((relations?.[1] ?? relations?.[2] ?? '').split(/\s+/).includes(relation)) return target ?? null
  }
  return null
}

export const layers = (url: string) => get<LayerChoice>(url)
/** `height`: of the picture as it is shown, in device pixels. */
export const chooseLayer = (url: string, body: { choice: string; height?: number }) => call<LayerChoice>('PUT', url, { body })

/** Ending is a courtesy: the server notices a vanished peer by itself, so a failure here is nobody's problem. */
export async function endSession(location: string, key?: string): Promise<void> {
  const headers: Record<string, string> = key ? { Authorization: `Bearer ${key}` } : {}
  await request('DELETE', location, { headers, keepalive: true }).catch(() => undefined)
}
