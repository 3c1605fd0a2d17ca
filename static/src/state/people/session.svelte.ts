import { SIGNED_OUT } from '../../api/http'
import * as people from '../../api/people'
import { i18n } from '../../i18n/index.svelte'
import { belongsTo, forget } from '../site/memory'
import { toasts } from '../site/toasts.svelte'

/** The action that needs an account, or an adult's account. */
export type Need = 'like' | 'save' | 'report' | 'comment' | 'follow' | 'say' | 'gift' | 'live' | 'upload' | 'coins' | 'buy'
const ADULTS: readonly Need[] = ['gift', 'live', 'coins', 'buy']

class Session {
  me = $state<people.Me | null>(null)
  /** True once we know whether somebody is signed in. */
  settled = $state(false)
  asked = $state<Need | null>(null)
  adultsOnly = $state(false)

  constructor() {
    addEventListener(SIGNED_OUT, () => this.#is(null))
  }

  get moderates(): boolean {
    return this.me !== null && this.me.role !== 'member'
  }

  /** Scripts cannot read the session cookie, so only the server knows. */
  async load(): Promise<void> {
    try {
      this.#is(await people.whoIsSignedIn())
      this.#speak()
    } catch (error) {
      toasts.problem(error)
    }
    this.settled = true
  }

  async signIn(handle: string, password: string, code = ''): Promise<void> {
    await people.signIn(handle, password, code)
    await this.#entered()
  }

  /** Sign in by other means than a password. */
  async signInBy(means: () => Promise<void>): Promise<void> {
    await means()
    await this.#entered()
  }

  async join(person: people.NewPerson): Promise<void> {
    await people.join(person)
    await this.#entered()
  }

  /** What is personal leaves this browser, also if the server is away and the session goes on. */
  async signOut(): Promise<void> {
    try {
      await people.signOut()
    } finally {
      forget()
    }
    this.#is(null)
  }

  /** True if the person may do this. Otherwise a sheet opens that says what is missing. */
  allows(need: Need): boolean {
    if (!this.me) this.asked = need
    else if (ADULTS.includes(need) && !this.me.adult) this.adultsOnly = true
    else return true
    return false
  }

  async #entered(): Promise<void> {
    this.#is(await people.me())
    this.settled = true
    this.#speak()
  }

  #is(person: people.Me | null): void {
    this.me = person
    belongsTo(person?.id ?? null)
  }

  /** The language of the account, on every device. */
  #speak(): void {
    if (this.me) void i18n.choose(this.me.language).catch(() => undefined)
  }
}

export const session = new Session()
