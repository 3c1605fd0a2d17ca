import { send, type Answer, type Item } from '../operation'

export type Review = Item<'/api/products/{id}/reviews'>
export type OwnReview = Answer<'get', '/api/products/{id}/review'>

export const STARS = [1, 2, 3, 4, 5] as const

export const reviews = (id: string, cursor: string | null) => send('get', '/api/products/{id}/reviews', { path: { id }, query: { cursor } })
export const own = (id: string) => send('get', '/api/products/{id}/review', { path: { id } })
export const write = (id: string, stars: number, text: string) => send('put', '/api/products/{id}/review', { path: { id }, body: { stars, text } })
export const remove = (id: string) => send('delete', '/api/products/{id}/review', { path: { id } })
/** An empty text takes the answer back. */
export const answer = (review: string, text: string) => send('put', '/api/shop/reviews/{id}/answer', { path: { id: review }, body: { text } })
