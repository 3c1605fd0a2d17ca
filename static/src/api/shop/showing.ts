/** Products in rooms and videos: pins, tags, and buying in two taps. */
import { send, type Answer, type Body, type Item } from '../operation'
import type { Address, Quote } from './shop'

export type RoomPins = Answer<'get', '/api/rooms/{room}/pins'>
export type PinView = RoomPins['items'][number]
export type Flash = NonNullable<Body<'post', '/api/rooms/{room}/pins'>['flash']>
export type Tagged = Item<'/api/shop/tagged'>
export type BuyerMethod = Item<'/api/shop/methods'>
/** Where something is bought: through a pin, at its price, or through a tag in a video. */
export interface Shown {
  pin?: string
  video?: string
}
/** Either a saved method, or an address; with the latter the method can be saved. */
export type Paid = { method: string } | { address: Address; save: boolean }

export const pins = (room: string) => send('get', '/api/rooms/{room}/pins', { path: { room } })
export const pin = (room: string, product: string, flash: Flash | null) => send('post', '/api/rooms/{room}/pins', { path: { room }, body: { product, flash } })
export const unpin = (room: string, id: string) => send('delete', '/api/rooms/{room}/pins/{pin}', { path: { room, pin: id } })
export const tagged = (videos: string[]) => send('get', '/api/shop/tagged', { query: { videos: videos.join(',') } })
export const tag = (video: string, products: string[]) => send('put', '/api/videos/{id}/products', { path: { id: video }, body: { products } })
export const touch = (product: string, shown: Shown) => send('post', '/api/products/{id}/touches', { path: { id: product }, body: { pin: shown.pin ?? '', video: shown.video ?? '' } })
export const methods = () => send('get', '/api/shop/methods', {})
export const removeMethod = (id: string) => send('delete', '/api/wallet/methods/{id}', { path: { id } })
export const quote = (variant: string, count: number, country: string, currency: string, shown: Shown) =>
  send('post', '/api/cart/quotes', { body: { items: [{ variant, count }], country, currency, pin: shown.pin ?? '' } })
/** `key` makes a retry harmless. `named`: the room may hear who bought it. */
export const buy = (quoted: Quote, shown: Shown, paid: Paid, named: boolean, key: string) =>
  send('post', '/api/orders', {
    body: {
      items: quoted.orders.flatMap((one) => one.lines.map(({ variant, count }) => ({ variant, count }))),
      currency: quoted.currency,
      total_minor: quoted.total_minor,
      named,
      ...shown,
      ...paid,
    },
    headers: { 'Idempotency-Key': key },
  })
export const checkout = (id: string) => send('get', '/api/checkouts/{id}', { path: { id } })
