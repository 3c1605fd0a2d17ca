import { isolated } from '../isolate'
import { plural } from './plural'

/** `price` is a number of coins, formatted by `coins`. */
export const gifts = {
  title: 'Gifts',
  balance: 'Balance',
  get: 'Get coins',
  send: 'Send',
  sendOne: (gift: string, price: string) => `Send ${gift}, ${price}`,
  pick: (gift: string, price: string) => `${gift}, ${price}`,
  hint: 'Tap again to send, hold for a combo',
  short: (price: string) => `You’re ${price} short.`,
  thenSend: (gift: string) => `Your gift (${gift}) will be sent right after your purchase.`,
  coins: (n: number, text: string) => plural(n, { one: `${text} coin`, other: `${text} coins` }),
  names: {
    rose: 'Rose',
    heart: 'Heart',
    coffee: 'Coffee',
    icecream: 'Ice cream',
    cake: 'Cake',
    balloons: 'Balloons',
    bouquet: 'Bouquet',
    teddy: 'Teddy',
    crown: 'Crown',
    fireworks: 'Fireworks',
    rocket: 'Rocket',
    castle: 'Castle',
  } as Record<string, string>,
}

export const coins = {
  title: 'Get coins',
  bought: (price: string) => `You got ${price}`,
  completed: 'Payment received. Your coins are in your wallet.',
  pending: 'Your payment is still being processed',
  failed: 'Your payment didn’t go through',
  none: 'No coins for sale right now',
  backToRoom: 'Back to where you were',
}

export const wallet = {
  title: 'Wallet',
  coins: 'Coins',
  earnings: 'Earnings',
  pending: 'Pending',
  payable: 'Payable',
  pendingText: 'Earnings become payable after a few days',
  statement: 'Statement',
  filter: 'Filter',
  all: 'All',
  download: 'Download CSV',
  none: 'Nothing here yet',
  noneText: 'Your purchases, gifts and earnings will appear here.',
  kinds: {
    purchase: 'Purchases',
    gift_sent: 'Gifts sent',
    gift_received: 'Gifts received',
    release: 'Earnings released',
    grant: 'Bonuses',
  } as Record<string, string>,
  one: {
    purchase: 'Coins bought',
    gift_sent: 'Gift sent',
    gift_received: 'Gift received',
    release: 'Earnings released',
    grant: 'Bonus coins',
  } as Record<string, string>,
  to: (name: string) => `to ${isolated(name)}`,
  from: (name: string) => `from ${isolated(name)}`,
  balanceAfter: (text: string) => `Balance: ${text}`,
  accounts: { coins: 'Coins', pending: 'Pending', payable: 'Payable' } as Record<string, string>,
}
