import * as money from '../../api/money'
import { Problem } from '../../api/problem'
import { uuid } from '../../wire/uuid'
import { recall } from '../site/memory'

const POLL_MS = 2000
const POLL_MS_MAX = 60_000

/** Balance, gifts and packs as the server last sent them. Money is never shown ahead of the server's answer. */
class WalletState {
  wallet = $state<money.Wallet | null>(null)
  gifts = $state<money.Gift[]>([])
  packs = $state<money.Pack[]>([])
  /** Payments are only pretended. */
  sandbox = $state(false)
  problem = $state<Problem | null>(null)
  readonly #byName = $derived(new Map(this.gifts.map((gift) => [gift.gift, gift])))
  /** A purchase without an answer keeps its idempotency key, so that a retry cannot buy twice. */
  readonly #keys = new Map<string, string>()

  get coins(): number {
    return this.wallet?.coins ?? 0
  }

  /** Those of the coins that were given, not bought. */
  get bonus(): number {
    return this.wallet?.bonus ?? 0
  }

  gift(name: string): money.Gift | undefined {
    return this.#byName.get(name)
  }

  async load(): Promise<void> {
    this.problem = null
    try {
      this.wallet = await money.wallet()
    } catch (error) {
      this.problem = Problem.from(error)
    }
  }

  async dismissNotice(): Promise<void> {
    try {
      await money.spendingNoticeSeen()
      if (this.wallet) this.wallet.limits.notice = null
    } catch (error) {
      this.problem = Problem.from(error)
    }
  }

  async loadGifts(): Promise<void> {
    if (this.gifts.length === 0) this.gifts = (await money.gifts()).items.sort((a, b) => a.coins - b.coins)
  }

  async loadPacks(): Promise<void> {
    if (this.packs.length > 0) return
    const shop = await money.packs()
    this.packs = shop.items.sort((a, b) => a.coins - b.coins)
    this.sandbox = shop.sandbox
  }

  /** A gift was committed; `coins` is the balance after it. */
  committed(coins: number): void {
    if (!this.wallet) void this.load()
    // Bonus coins are spent first.
    else this.wallet = { ...this.wallet, coins, bonus: Math.max(0, this.wallet.bonus - Math.max(0, this.wallet.coins - coins)) }
  }

  /** Where the buyer says they live, while nobody else asks them: a payment provider asks for their address itself. */
  get country(): string {
    return this.sandbox ? (recall('country') ?? '') : ''
  }

  async buy(pack: string): Promise<money.Purchase> {
    const key = this.#keys.get(pack) ?? uuid()
    this.#keys.set(pack, key)
    try {
      const purchase = await money.buy(pack, key, this.country)
      this.#keys.delete(pack)
      if (purchase.state === 'completed') await this.load()
      return purchase
    } catch (error) {
      // Without an answer of ours the purchase may have happened: offline, but also a proxy's 504 or a 503 while the
      // provider hangs. After a refusal it did not.
      const { status } = Problem.from(error)
      if (status >= 400 && status < 500) this.#keys.delete(pack)
      throw error
    }
  }

  /** Waits until the payment provider has confirmed or refused. */
  async waitForPayment(id: string): Promise<money.Purchase> {
    const deadline = Date.now() + POLL_MS_MAX
    for (;;) {
      const purchase = await money.purchase(id)
      if (purchase.state !== 'pending' || Date.now() > deadline) {
        await this.load()
        return purchase
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
  }
}

export const wallet = new WalletState()
