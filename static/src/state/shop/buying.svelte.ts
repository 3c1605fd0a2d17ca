/** Buying what is shown, without leaving it: with a saved payment method in two taps, else by an address and a checkout page. */
import { Problem } from '../../api/problem'
import * as api from '../../api/shop/shop'
import * as showing from '../../api/shop/showing'
import { uuid } from '../../wire/uuid'
import { session } from '../people/session.svelte'
import { buyer } from './buyer.svelte'
import { lowered } from './lowered'

export interface Choice {
  id: string
  name: string
  prices: Record<string, number>
  left: number
}
/** What is offered: `room` is where a pin is. */
export interface Offer extends showing.Shown {
  product: string
  room?: string
}
const LOOK_EVERY_MS = 2000

export class Buying {
  choices = $state.raw<Choice[]>([])
  variant = $state('')
  count = $state(1)
  methods = $state.raw<showing.BuyerMethod[]>([])
  /** Empty: with another payment method, at the checkout page. */
  method = $state('')
  address = $state.raw<Record<string, string>>({})
  save = $state(true)
  named = $state(false)
  quote = $state.raw<api.Quote | null>(null)
  problem = $state.raw<Problem | null>(null)
  busy = $state(false)
  /** Ordered, and being paid in another window. */
  waiting = $state('')
  /** The page to pay at, where this browser has not opened it. */
  page = $state('')
  paid = $state(false)
  #offer: Offer | null = null
  /** An order without an answer keeps its key, so that a retry cannot order twice. */
  #key = uuid()
  #timer: ReturnType<typeof setTimeout> | undefined

  get saved(): showing.BuyerMethod | null {
    return this.methods.find((one) => one.id === this.method) ?? null
  }
  get chosen(): Choice | null {
    return this.choices.find((one) => one.id === this.variant) ?? null
  }
  get country(): string {
    return this.saved?.address.country ?? buyer.country
  }
  get blocked(): boolean {
    return !this.quote || this.quote.orders.length === 0 || this.quote.orders.some((one) => one.lines.some((line) => line.problem))
  }

  async open(offer: Offer): Promise<void> {
    this.#offer = offer
    this.paid = false
    this.waiting = this.page = ''
    this.problem = null
    this.quote = null
    this.count = 1
    try {
      const [choices, methods] = await Promise.all([this.#choices(offer), session.me ? showing.methods() : { items: [] }])
      this.choices = choices
      this.methods = methods.items
      this.method = methods.items[0]?.id ?? ''
      const first = choices.find((one) => one.left > 0) ?? choices[0]
      this.variant = choices.some((one) => one.id === this.variant) ? this.variant : (first?.id ?? '')
      if (session.me) void showing.touch(offer.product, shownIn(offer)).catch(() => undefined)
      await this.price()
    } catch (error) {
      this.problem = Problem.from(error)
    }
  }
  close(): void {
    clearTimeout(this.#timer)
  }

  /** What it costs now, with shipping and VAT. */
  async price(): Promise<void> {
    this.#key = uuid()
    if (!this.#offer || !this.variant) return
    try {
      this.quote = await showing.quote(this.variant, this.count, this.country, buyer.currency, shownIn(this.#offer))
      this.problem = null
    } catch (error) {
      this.quote = null
      this.problem = Problem.from(error)
    }
  }

  async pay(): Promise<void> {
    const offer = this.#offer
    if (!offer || !this.quote || this.busy) return
    this.busy = true
    const paid: showing.Paid = this.saved
      ? { method: this.saved.id }
      : { address: { name: '', line1: '', city: '', ...this.address, country: buyer.country }, save: this.save }
    // Opened by the tap itself, or the browser would block it.
    const page = this.saved ? null : window.open('', '_blank')
    try {
      const placed = await showing.buy(this.quote, shownIn(offer), paid, this.named && offer.pin !== undefined, this.#key)
      if (placed.checkout_url) {
        if (page) page.location.href = placed.checkout_url
        this.page = page ? '' : placed.checkout_url
        this.waiting = placed.id
        this.#look()
      } else {
        page?.close()
        this.paid = true
      }
    } catch (error) {
      page?.close()
      const problem = Problem.from(error)
      if (problem.code !== 'offline') await this.price()
      this.problem = problem
    }
    this.busy = false
  }

  /** Until it is paid, or given up. */
  #look(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#looked(), LOOK_EVERY_MS)
  }
  async #looked(): Promise<void> {
    if (!this.waiting) return
    try {
      const { state } = await showing.checkout(this.waiting)
      if (state === 'held') return this.#look()
      this.paid = state === 'paid'
      this.waiting = ''
      if (!this.paid) await this.price()
    } catch {
      this.#look()
    }
  }

  async #choices(offer: Offer): Promise<Choice[]> {
    if (!offer.room) {
      const { variants, flash } = await api.product(offer.product)
      return variants.map((one) => ({ ...one, prices: lowered(one.prices, flash) }))
    }
    const { items } = await showing.pins(offer.room)
    return items.find((one) => one.id === offer.pin)?.variants ?? []
  }
}

const shownIn = ({ pin, video }: Offer): showing.Shown => (pin ? { pin } : video ? { video } : {})
