/** Sponsored effects: those that are offered, and those that advertisers book. */
import { request, segment } from '../http'
import { send, type Answer, type Body, type Item } from '../operation'

export type OfferedEffect = Answer<'get', '/api/effects'>['items'][number]
export type EffectFile = OfferedEffect['file']
export type BookedEffect = Item<'/api/ads/effects'>
export type NewEffect = Body<'post', '/api/ads/effects'>
export type EffectTerms = Body<'put', '/api/ads/effects/{effect}'>
export type Look = NewEffect['look']
export type Template = NewEffect['template']
export type EffectPrice = Answer<'get', '/api/ads/effect-price'>
export type WaitingEffect = Item<'/api/admin/ads/effects'>
export type EffectVerdict = Body<'put', '/api/admin/ads/effects/{effect}'>
export type EffectPicture = Answer<'post', '/api/ads/advertisers/{advertiser}/pictures'>

export const TEMPLATES: readonly Template[] = ['sticker', 'face', 'frame', 'colour']
export const PICTURE_TYPES = ['image/png', 'image/webp', 'image/jpeg']

const of = (effect: string) => ({ path: { effect } })

export const offered = async (): Promise<OfferedEffect[]> => (await send('get', '/api/effects')).items
export const price = () => send('get', '/api/ads/effect-price')
export const effects = (advertiser: string, cursor: string | null) => send('get', '/api/ads/effects', { query: { advertiser, cursor } })
export const effect = (id: string) => send('get', '/api/ads/effects/{effect}', of(id))
export const createEffect = (body: NewEffect) => send('post', '/api/ads/effects', { body })
export const editEffect = (id: string, body: EffectTerms) => send('put', '/api/ads/effects/{effect}', { ...of(id), body })
export const submitEffect = (id: string) => send('post', '/api/ads/effects/{effect}/submit', of(id))
export const endEffect = (id: string) => send('post', '/api/ads/effects/{effect}/end', of(id))
export const waitingEffects = (cursor: string | null) => send('get', '/api/admin/ads/effects', { query: { cursor } })
export const decideEffect = (effect: string, body: EffectVerdict) => send('put', '/api/admin/ads/effects/{effect}', { path: { effect }, body })
export async function addPicture(advertiser: string, file: File): Promise<EffectPicture> {
  const answer = await request('POST', `/api/ads/advertisers/${segment(advertiser)}/pictures`, { body: file, headers: { 'Content-Type': file.type } })
  return (await answer.json()) as EffectPicture
}
