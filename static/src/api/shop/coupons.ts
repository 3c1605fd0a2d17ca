/** A seller's coupons. Buyers enter them in the cart. */
import { send, type Body, type Item } from '../operation'

export type Coupon = Item<'/api/shop/coupons'>
export type CouponDraft = Body<'post', '/api/shop/coupons'>

export const coupons = (cursor: string | null) => send('get', '/api/shop/coupons', { query: { cursor } })
export const make = (draft: CouponDraft) => send('post', '/api/shop/coupons', { body: draft })
export const end = (id: string) => send('delete', '/api/shop/coupons/{id}', { path: { id } })
