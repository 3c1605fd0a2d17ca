import { send, type Answer, type Body } from '../operation'

export type Flash = Answer<'post', '/api/shop/products/{id}/flashes'>
export type FlashDraft = Body<'post', '/api/shop/products/{id}/flashes'>

export const flashes = (product: string) => send('get', '/api/shop/products/{id}/flashes', { path: { id: product } })
export const make = (product: string, draft: FlashDraft) => send('post', '/api/shop/products/{id}/flashes', { path: { id: product }, body: draft })
export const end = (flash: string) => send('delete', '/api/shop/flashes/{id}', { path: { id: flash } })
