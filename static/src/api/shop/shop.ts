import { request } from '../http'
import { send, type Answer, type Body, type Item } from '../operation'

export type Product = Answer<'get', '/api/products/{id}'>
export type Variant = Product['variants'][number]
export type ProductCard = Item<'/api/products'>
export type Quote = Answer<'get', '/api/cart'>
export type Address = NonNullable<Body<'post', '/api/orders'>['address']>
export type Order = Answer<'get', '/api/orders/{id}'>
export type OwnSeller = Answer<'get', '/api/shop/seller'>
export type SellerDetails = Body<'put', '/api/shop/seller'>
export type Zone = OwnSeller['zones'][number]
export type Draft = Body<'post', '/api/shop/products'>
export type SellerRow = Item<'/api/admin/shop/sellers'>
export type SellerState = NonNullable<SellerRow['seller']>['state']
export type FailedRefund = Answer<'get', '/api/admin/shop/refunds'>['items'][number]

export const CURRENCIES = ['EUR', 'USD', 'GBP', 'CHF', 'CAD', 'AUD', 'SEK', 'NOK', 'DKK', 'PLN', 'CZK', 'BRL', 'JPY'] as const
export const SELLER_STATES: readonly SellerState[] = ['review', 'approved', 'refused', 'stopped', 'resting']

const keyed = (key: string) => ({ 'Idempotency-Key': key })

export const products = (seller: string, cursor: string | null) => send('get', '/api/products', { query: { seller, cursor } })
export const product = (id: string) => send('get', '/api/products/{id}', { path: { id } })

/** `coupon`: the code of one. */
export const cart = (country: string, currency: string, coupon = '') => send('get', '/api/cart', { query: { country, currency, coupon } })
export const put = (variant: string, count: number) => send('put', '/api/cart', { body: { variant, count } })
/** `key` makes a retry harmless. `save`: keep the payment method and the address, to buy in two taps. */
export const order = (quote: Quote, address: Address, key: string, save = false) =>
  send('post', '/api/orders', {
    body: {
      items: quote.orders.flatMap((one) => one.lines.map(({ variant, count }) => ({ variant, count }))),
      address,
      currency: quote.currency,
      total_minor: quote.total_minor,
      save,
      coupon: quote.coupon_problem ? '' : quote.coupon,
    },
    headers: keyed(key),
  })
export const orders = (cursor: string | null, purchase = '') => send('get', '/api/orders', { query: { cursor, purchase } })
/** Where to pay for it; the provider is asked again if it did not answer before. */
export const goOn = (id: string) => send('post', '/api/checkouts/{id}', { path: { id } })
export const abandon = (checkout: string) => send('delete', '/api/checkouts/{id}', { path: { id: checkout } })
export const delivered = (id: string) => send('put', '/api/orders/{id}/delivered', { path: { id } })
export const askReturn = (id: string, line: string, count: number, reason: string) =>
  send('post', '/api/orders/{id}/returns', { path: { id }, body: { line, count, reason } })

export const seller = () => send('get', '/api/shop/seller')
export const apply = (details: SellerDetails) => send('put', '/api/shop/seller', { body: details })
export const setZones = (zones: Zone[]) => send('put', '/api/shop/zones', { body: { zones } })
export const ownProducts = (cursor: string | null) => send('get', '/api/shop/products', { query: { cursor } })
export const create = (draft: Draft) => send('post', '/api/shop/products', { body: draft })
export const change = (id: string, draft: Draft) => send('put', '/api/shop/products/{id}', { path: { id }, body: draft })
export async function addPicture(id: string, picture: Blob): Promise<Product> {
  const response = await request('POST', `/api/shop/products/${encodeURIComponent(id)}/pictures`, { body: picture, headers: { 'Content-Type': picture.type } })
  return (await response.json()) as Product
}
export const removePicture = (id: string, digest: string) => send('delete', '/api/shop/products/{id}/pictures/{digest}', { path: { id, digest } })
export const changeStock = (variant: string, by: number, key: string) =>
  send('post', '/api/shop/variants/{id}/stock', { path: { id: variant }, body: { change: by }, headers: keyed(key) })

export const sold = (cursor: string | null) => send('get', '/api/shop/orders', { query: { cursor } })
export const ship = (id: string, carrier: string, tracking: string) => send('put', '/api/shop/orders/{id}/shipment', { path: { id }, body: { carrier, tracking } })
export const refund = (id: string, line: string, count: number, key: string) =>
  send('post', '/api/shop/orders/{id}/refunds', { path: { id }, body: { lines: [{ line, count }] }, headers: keyed(key) })
export const answerReturn = (id: string, state: 'refunded' | 'refused', answer = '') =>
  send('put', '/api/shop/returns/{id}', { path: { id }, body: { state, answer } })

export const sellers = (state: SellerState, cursor: string | null) => send('get', '/api/admin/shop/sellers', { query: { state, cursor } })
/** `seen`: the seller as they were shown. Whoever said something else meanwhile is not approved. */
export const review = (seen: SellerRow['seller'], state: 'approved' | 'refused' | 'stopped', reason: string) => {
  const { id, name, address, country, register, vat_number, contact } = seen
  const body = { state, reason, seen: { name, address, country, register, vat_number, contact } }
  return send('put', '/api/admin/shop/sellers/{id}', { path: { id }, body })
}
export const pay = (id: string, amount_minor: number, currency: string, reference: string, key: string) =>
  send('post', '/api/admin/shop/sellers/{id}/payments', { path: { id }, body: { amount_minor, currency, reference }, headers: keyed(key) })
export const failedRefunds = () => send('get', '/api/admin/shop/refunds')
/** Any order, for admins. */
export const anyOrder = (id: string) => send('get', '/api/admin/shop/orders/{id}', { path: { id } })
export const paidByHand = (id: string, reference: string) => send('put', '/api/admin/shop/refunds/{id}', { path: { id }, body: { reference } })
