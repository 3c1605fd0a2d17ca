/** WHIP (RFC 9725) and WHEP: a POST starts a media session, a DELETE ends it. */
import { call, get, request } from './http'
import type { Answer, Body } from './operation'

export interface MediaSession {
  answer: string
  location: string
  /** Where a viewer chooses its quality; null where the server offers no choice. */
  layers: string | null
}
/** What a viewer can choose from, and what the server has measured of its connection. The best layer comes first. */
export type LayerChoice = Answer<'get', LayerAddress>
export type Layer = LayerChoice['layers'][number]
type LayerAddress = '/live/{room}/whep/{session}/layer'
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
/** `height`: of the picture on the screen, in device pixels. */
export const chooseLayer = (url: string, body: Body<'put', LayerAddress>) => call<LayerChoice>('PUT', url, { body })

/** A failure is ignored: the server notices by itself when a peer is gone. */
export async function endSession(location: string, key?: string): Promise<void> {
  const headers: Record<string, string> = key ? { Authorization: `Bearer ${key}` } : {}
  await request('DELETE', location, { headers, keepalive: true }).catch(() => undefined)
}
