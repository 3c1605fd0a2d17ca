/** Where somebody buys from and in which currency; this browser remembers it. */
import { i18n } from '../../i18n/index.svelte'
import { recall, remember } from '../site/memory'

const guessed = () => navigator.language.split('-')[1]?.toUpperCase() ?? (i18n.language === 'fr' ? 'FR' : 'DE')

class Buyer {
  #country = $state(recall('ship-to') ?? guessed())
  #currency = $state(recall('currency') ?? 'EUR')

  get country(): string {
    return this.#country
  }
  set country(code: string) {
    this.#country = code
    remember('ship-to', code)
  }
  get currency(): string {
    return this.#currency
  }
  set currency(code: string) {
    this.#currency = code
    remember('currency', code)
  }
  /** The price to show: in the buyer's currency, or in any that there is. */
  price(prices: Record<string, number>): [number, string] | null {
    const own = prices[this.#currency]
    if (own !== undefined) return [own, this.#currency]
    const [other] = Object.entries(prices)
    return other ? [other[1], other[0]] : null
  }
}

export const buyer = new Buyer()
