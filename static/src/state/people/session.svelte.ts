import { SIGNED_OUT } from '../../api/http'
import * as people from '../../api/people'
import { Problem } from '../../api/problem'
import { recall, remember } from '../site/memory'
import { toasts } from '../site/toasts.svelte'

/** Why an account (or an adult's account) is needed right now. */
export type Need = 'like' | 'comment' | 'follow' | 'say' | 'gift' | 'live' | 'upload' | 'coins'
const ADULTS: readonly Need[] = ['gift', 'live', 'coins']

class Session {
  me = $state<people.Me | null>(null)
  /** True once it is clear whether somebody is signed in. */
  settled = $state(false)
  asked = $state<Need | null>(null)
  adultsOnly = $state(false)

  constructor() {
    addEventListener(SIGNED_OUT, () => {
      remember('signed-in', null)
      this.me = null
    })
  }

  get moderates(): boolean {
    return this.me !== null && this.me.role !== 'member'
  }

  /** The cookie cannot be read from here, so a hint says whether asking is worth it. */
  async load(): Promise<void> {
    if (recall('signed-in') === 'yes') {
      try {
        this.me = await people.me()
      } catch (error) {
        if (Problem.from(error).status === 401) remember('signed-in', null)
        else toasts.problem(error)
      }
    }
    this.settled = true
  }

  async signIn(handle: string, password: string): Promise<void> {
    await people.signIn(handle, password)
    await this.#entered()
  }

  async join(person: people.NewPerson): Promise<void> {
    await people.join(person)
    await this.#entered()
  }

  async signOut(): Promise<void> {
    await people.signOut()
    remember('signed-in', null)
    this.me = null
  }

  /** True if the person may go on; otherwise the right sheet opens and the caller stops. */
  allows(need: Need): boolean {
    if (!this.me) this.asked = need
    else if (ADULTS.includes(need) && !this.me.adult) this.adultsOnly = true
    else return true
    return false
  }

  async #entered(): Promise<void> {
    remember('signed-in', 'yes')
    this.me = await people.me()
    this.settled = true
  }
}

export const session = new Session()
