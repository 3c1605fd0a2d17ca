import { send, type Answer, type Body } from '../operation'
import { request } from '../http'

export type Privacy = Answer<'get', '/api/privacy'>
export type Export = Privacy['exports'][number]
export type Erasure = NonNullable<Privacy['erasure']>
export type Hold = Privacy['holds'][number]
export type Choice = Privacy['choices'][number]
export type Notice = Answer<'get', '/api/privacy/notice'>
export type Desk = Answer<'get', '/api/admin/privacy'>
export type Breach = Desk['breaches'][number]
export type BreachChange = Body<'patch', '/api/admin/privacy/breaches/{breach}'>

export const privacy = () => send('get', '/api/privacy')
export const notice = () => send('get', '/api/privacy/notice')
export const askExport = () => send('post', '/api/privacy/exports')
export const askErasure = () => send('post', '/api/privacy/erasure')
export const undoErasure = () => send('delete', '/api/privacy/erasure')
export const restrict = (restricted: boolean) => send('put', '/api/privacy/restriction', { body: { restricted } })
export const consent = (purpose: Choice['purpose'], given: boolean, language: 'en' | 'fr', signal = false) =>
  send('put', '/api/privacy/consents', { body: { purpose, given, language, signal } })

export const desk = () => send('get', '/api/admin/privacy')
export const noteBreach = (body: Body<'post', '/api/admin/privacy/breaches'>) => send('post', '/api/admin/privacy/breaches', { body })
export const changeBreach = (breach: string, body: BreachChange) => send('patch', '/api/admin/privacy/breaches/{breach}', { path: { breach }, body })

/** Where a copy is fetched. The first byte is asked for before, so that a confirmation that is needed is asked for here; a plain link could not. */
export async function fileOf(one: Export): Promise<string> {
  const address = `/api/privacy/exports/${one.id}/file`
  const first = await request('GET', address, { headers: { Range: 'bytes=0-0' } })
  await first.body?.cancel()
  return address
}
