import { SvelteMap } from 'svelte/reactivity'
import { Problem } from '../../api/problem'
import * as rooms from '../../api/rooms'
import type { RoomChanges } from '../../chat/kind'
import { kinds } from '../../chat/kinds'
import type { Gifted } from '../../chat/kinds/gifted'
import type { Line } from '../../chat/line'
import { RoomConnection, type Link } from '../../wire/connection'
import { isDurable, type News, type ServerEvent, type You } from '../../wire/messages'
import { uuid } from '../../wire/uuid'
import { toasts } from '../site/toasts.svelte'
import { wallet } from '../wallet/wallet.svelte'
import { Celebration } from './celebration.svelte'

/** A line that waits longer for the server's answer is shown as waiting. */
const PENDING_AFTER_MS = 400
const GIVERS_EVERY_MS = 4000
const GIVERS_SHOWN_MAX = 3
export const MUTE_SECONDS = 600

export interface Pending {
  key: string
  text: string
}

/** One room as a person in it sees it. Make one, `open` it, `close` it when leaving. */
export class RoomState implements RoomChanges {
  room = $state<rooms.Room | null>(null)
  problem = $state<Problem | null>(null)
  status = $state<rooms.RoomStatus>('idle')
  viewers = $state(0)
  likes = $state(0)
  coins = $state(0)
  /** Whether the publisher's media arrives at the server. */
  present = $state(true)
  link = $state<Link>('connecting')
  you = $state<You | null>(null)
  mutedUntil = $state(0)
  lines = $state.raw<Line[]>([])
  /** What this person wrote and the server has not yet answered: it is sent again after an outage. */
  pending = $state.raw<Pending[]>([])
  givers = $state.raw<rooms.Giver[]>([])
  readonly facts = new SvelteMap<string, unknown>()
  readonly celebration = new Celebration()
  #connection: RoomConnection | null = null
  /** Events up to this `seq` happened before the person came in. */
  #history = 0
  #giversTimer = 0

  constructor(
    readonly id: string,
    private readonly known = kinds,
  ) {}

  get moderates(): boolean {
    return this.you?.role === 'host' || this.you?.role === 'moderator'
  }

  async open(): Promise<void> {
    this.problem = null
    try {
      this.room = await rooms.room(this.id)
    } catch (error) {
      this.problem = Problem.from(error)
      return
    }
    this.status = this.room.state
    this.#setCounts(this.room)
    this.#connection = new RoomConnection(this.id, {
      event: (event) => this.onEvent(event),
      link: (link) => (this.link = link),
    })
    void this.#loadGivers()
    void wallet.loadGifts().catch(() => undefined)
  }

  close(): void {
    this.#connection?.close()
    this.#connection = null
    this.celebration.close()
    clearTimeout(this.#giversTimer)
  }

  async say(text: string): Promise<void> {
    const connection = this.#connected()
    const line = { key: uuid(), text }
    const show = () => (this.pending = [...this.pending, line])
    const timer = setTimeout(show, this.link === 'open' ? PENDING_AFTER_MS : 0)
    try {
      await connection.say(text)
    } finally {
      clearTimeout(timer)
      this.pending = this.pending.filter((other) => other !== line)
    }
  }
  async gift(gift: string, count: number): Promise<void> {
    const ok = await this.#connected().gift(gift, count)
    if (ok.coins !== undefined) wallet.committed(ok.coins)
  }
  /** Counted here at once; the server's next count corrects it. */
  like(): void {
    this.likes += 1
    this.#connection?.like()
  }
  async remove(seq: number): Promise<void> {
    await this.#connected().remove(seq)
  }
  async mute(person: string, seconds = MUTE_SECONDS): Promise<void> {
    await this.#connected().mute(person, seconds)
  }

  onEvent(event: ServerEvent): void {
    if (!isDurable(event)) return this.#onNews(event)
    this.known.changeRoom(this, event, event.seq > this.#history)
    this.lines = this.known.changeLines(this.lines, event)
  }

  setStatus(status: rooms.RoomStatus): void {
    this.status = status
    if (status === 'live') this.present = true
  }

  /** Called by whoever learns of the end first: the chat, the player or a page. */
  end(): void {
    if (this.status === 'ended') return
    this.setStatus('ended')
    void this.#loadFinalNumbers()
  }

  celebrate(gifted: Gifted): void {
    this.celebration.add(gifted)
    this.#giversTimer ||= window.setTimeout(() => void this.#loadGivers(), GIVERS_EVERY_MS)
  }

  #onNews(news: News): void {
    switch (news.type) {
      case 'welcome':
        this.you = news.you
        this.#history = news.seq
        this.setStatus(news.state)
        this.#setCounts(news)
        break
      case 'counts':
        this.#setCounts(news)
        break
      case 'publisher':
        this.present = news.present
        break
      case 'refused':
        if (news.id === null) toasts.problem(new Problem(news.code, news.detail))
        break
    }
  }

  #connected(): RoomConnection {
    if (!this.#connection) throw new Problem('offline', 'the room is not open')
    return this.#connection
  }

  #setCounts(counts: { viewers: number; likes: number; coins: number }): void {
    this.viewers = counts.viewers
    // Likes only grow. The server's count may be older than this person's last taps.
    this.likes = Math.max(this.likes, counts.likes)
    this.coins = counts.coins
  }

  async #loadFinalNumbers(): Promise<void> {
    try {
      this.room = await rooms.room(this.id)
    } catch {
      // The page shows the numbers it has.
    }
  }

  async #loadGivers(): Promise<void> {
    this.#giversTimer = 0
    try {
      this.givers = (await rooms.givers(this.id, GIVERS_SHOWN_MAX)).items
    } catch {
      // The room works without the list of top givers.
    }
  }
}
