/** Giving gifts in a room: what is picked, combos, and what is asked before a gift is sent. No view of its own. */
import type { Gift } from '../../api/money'
import { Problem } from '../../api/problem'
import { whenReleased } from '../site/press'
import { toasts } from '../site/toasts.svelte'
import { wallet } from '../wallet/wallet.svelte'
import { GIFT_COUNT_MAX } from '../../wire/messages'
import { holdMax, makesCombos, UNDO_S } from './gift-rules'

type View = 'gifts' | 'packs' | 'confirm'
const HOLD_AFTER_MS = 320
const HOLD_EVERY_MS = 140
const FLUSH_MS = 500
const COMBO_MS = 5000

export class Giving {
  view = $state<View>('gifts')
  picked = $state.raw<Gift | null>(null)
  /** The gift that needs more coins: it is sent once they are bought. */
  wanted = $state.raw<Gift | null>(null)
  combo = $state(0)
  /** Grows with every gift; each change restarts the animation of the number. */
  beat = $state(0)
  /** The hold has reached its ceiling. */
  full = $state(false)
  /** It is sent when `left` (s) is 0, unless the person changes their mind. */
  leaving = $state<{ gift: Gift; left: number } | null>(null)
  #pending = 0
  #reserved = 0
  #flushTimer = 0
  #holdTimer = 0
  #comboTimer = 0
  #leavingTimer = 0
  /** How many the current press has sent by holding. */
  #held = 0

  constructor(private readonly give: (gift: string, count: number) => Promise<void>) {}

  /** Changes the view, but never under a finger. */
  show(view: View, wanted: Gift | null = null): void {
    whenReleased(() => {
      this.view = view
      this.wanted = wanted
    })
  }

  tap(gift: Gift): void {
    const held = this.#held > 0
    this.#held = 0
    if (held) return
    if (this.picked?.gift !== gift.gift) this.#pick(gift)
    else if (makesCombos(gift)) this.#add(gift)
    else if (!this.#affords(gift)) this.show('packs', gift)
    else if (!this.leaving) this.show('confirm')
  }

  press(gift: Gift): void {
    this.release()
    this.#held = 0
    this.full = false
    const most = holdMax(gift)
    if (this.picked?.gift !== gift.gift || !most) return
    const again = () => {
      this.#held += 1
      if (!this.#add(gift)) return
      if (this.#held < most) this.#holdTimer = window.setTimeout(again, HOLD_EVERY_MS)
      else this.full = true
    }
    this.#holdTimer = window.setTimeout(again, HOLD_AFTER_MS)
  }
  release(): void {
    clearTimeout(this.#holdTimer)
    this.#flush()
  }

  /** The person has confirmed a dear gift. */
  confirm(): void {
    const gift = this.picked
    this.show('gifts')
    if (gift) this.#leave(gift)
  }
  /** Coins were bought. A gift that waited for them is sent, with time to undo it. */
  bought(): void {
    const gift = this.wanted
    if (!gift) return this.show('gifts')
    if (!this.#affords(gift)) return
    this.picked = gift
    this.combo = 0
    this.show('gifts')
    this.#leave(gift)
  }
  undo(): void {
    clearInterval(this.#leavingTimer)
    if (this.leaving) this.#reserved -= this.leaving.gift.coins
    this.leaving = null
  }

  /** The tray was closed. A gift that is leaving still leaves. */
  closed(): void {
    this.release()
    this.view = 'gifts'
    this.picked = this.wanted = null
    this.combo = 0
    this.full = false
  }
  /** The live has ended, or the person leaves the room: nothing more is sent. */
  stop(): void {
    this.#pending = 0
    this.undo()
    this.closed()
  }

  #affords(gift: Gift): boolean {
    return wallet.coins - this.#reserved >= gift.coins
  }

  #pick(gift: Gift): void {
    this.#flush()
    this.picked = gift
    this.combo = 0
  }

  /** Sends one more. The balance stays as it is until the server answers. */
  #add(gift: Gift): boolean {
    if (!this.#affords(gift)) {
      this.release()
      this.show('packs', gift)
      return false
    }
    this.#pending += 1
    this.#reserved += gift.coins
    this.combo += 1
    this.beat += 1
    clearTimeout(this.#comboTimer)
    this.#comboTimer = window.setTimeout(() => (this.combo = 0), COMBO_MS)
    if (this.#pending >= GIFT_COUNT_MAX || !this.#held) this.#flush()
    else this.#flushTimer ||= window.setTimeout(() => this.#flush(), FLUSH_MS)
    return true
  }

  #leave(gift: Gift): void {
    this.undo()
    this.#reserved += gift.coins
    this.leaving = { gift, left: UNDO_S }
    this.#leavingTimer = window.setInterval(() => {
      if (!this.leaving || --this.leaving.left > 0) return
      clearInterval(this.#leavingTimer)
      this.leaving = null
      void this.#send(gift, 1)
    }, 1000)
  }

  #flush(): void {
    clearTimeout(this.#flushTimer)
    this.#flushTimer = 0
    const count = this.#pending
    const gift = this.picked
    this.#pending = 0
    if (gift && count) void this.#send(gift, count)
  }

  async #send(gift: Gift, count: number): Promise<void> {
    try {
      await this.give(gift.gift, count)
    } catch (error) {
      this.combo = 0
      if (Problem.from(error).code === 'insufficient_coins') this.show('packs', gift)
      else toasts.problem(error)
      void wallet.load()
    }
    this.#reserved -= gift.coins * count
  }
}
