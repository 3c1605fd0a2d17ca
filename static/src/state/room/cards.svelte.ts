/** The ads between live rooms. Each keeps its place while rooms come and go, and is shown only as long as it may be. */
import { untrack } from 'svelte'
import { roomCards, type RoomCard } from '../../api/catalogue/ads'

/** Of this visit, so that caps of those who are not signed in hold. */
let session = ''

export class Cards {
  /** By the number of rooms before it. */
  #cards = $state.raw<ReadonlyMap<number, RoomCard>>(new Map())
  readonly #seen = new Set<string>()
  #asked = 0

  /** Asks what stands between rooms that have not been asked about. */
  follow(rooms: string[]): void {
    if (rooms.length <= this.#asked) return
    const from = this.#asked
    this.#asked = rooms.length
    void untrack(() => this.#ask(rooms.slice(from), from))
  }

  async #ask(rooms: string[], from: number): Promise<void> {
    const found = await roomCards(rooms, session).catch(() => null) // no ads, and nothing else is missing
    if (!found) return
    session = found.session
    this.#cards = new Map([...this.#cards, ...found.items.map((card) => [from + card.after, card] as const)])
  }

  /** The card before the room at this place. One that nobody has seen in time is not shown any more. */
  before(index: number, now: number): RoomCard | null {
    const card = this.#cards.get(index)
    return card && (card.ad.expires_at > now || this.#seen.has(card.impression)) ? card : null
  }

  seen(card: RoomCard): void {
    this.#seen.add(card.impression)
  }

  hide(card: RoomCard): void {
    this.#cards = new Map([...this.#cards].filter(([, one]) => one.ad.creative !== card.ad.creative))
  }
}
