import { plural } from '../plural'

/** Flash prices: what a product costs for a while. */
export const flashes = {
  title: 'Flash prices',
  text: 'A lower price for a while, on the product’s page, on cards and in carts. It is never changed: end it, and make another.',
  ends: (time: string) => `Ends in ${time}`,
  left: (pieces: number, text: string) => (pieces === 1 ? 'one piece at this price' : `${text} pieces at this price`),
  price: (currency: string) => `Flash price in ${currency}`,
  starts: 'From (empty: now)',
  until: 'Until',
  pieces: 'Pieces (optional)',
  make: 'Set flash price',
  made: 'The flash price is set.',
  end: 'End it',
  taken: (n: number, text: string) => plural(n, { one: `${text} piece ordered`, other: `${text} pieces ordered` }),
  span: (start: string, end: string) => `${start} – ${end}`,
  ended: 'Ended',
}
