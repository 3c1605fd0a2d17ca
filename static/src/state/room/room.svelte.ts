import { Problem } from '../../api/problem'
import * as rooms from '../../api/rooms'
import { RoomConnection, type Link } from '../../wire/connection'
import type { Gifted, Muted, ServerEvent, You } from '../../wire/messages'
import { BIG_GIFT_COINS, Banners, type Banner } from './banners'
import { addEvent, type Line } from './lines'
import { toasts } from '../site/toasts.svelte'
import { wallet } from '../wallet/wallet.svelte'

const SPECTACLES_MAX = 12
const SPECTACLE_MS = 3000
const BANNER_TICK_MS = 200
const GIVERS_EVERY_MS = 4000
export const MUTE_SECONDS = 600

export interface Spectacle {
  seq: number
  gift: string
  by: string
}

/** One room as somebody in it sees it. Make one, `open` it, `close` it when leaving. */
export class RoomState {
  room = $state<rooms.Room | null>(null)
  problem = $state<Problem | null>(null)
  status = $state<rooms.RoomStatus>('idle')
  viewers = $state(0)
  likes = $state(0)
  coins = $state(0)
  present = $state(true)
  link = $state<Link>('connecting')
  you = $state<You | null>(null)
  mutedUntil = $state(0)
  lines = $state.raw<Line[]>([])
  banners = $state.raw<Banner[]>([])
  spectacle = $state.raw<Spectacle | null>(null)
  givers = $state.raw<rooms.Giver[]>([])
  #connection: RoomConnection | null = null
  readonly #queue = new Banners()
  #spectacles: Spectacle[] = []
  #history = 0
  #timer = 0
  #giversTimer = 0

  constructor(readonly id: string) {}

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
    this.#take(this.room)
    this.#connection = new RoomConnection(this.id, {
      event: (event) => this.#event(event),
      link: (link) => (this.link = link),
    })
    void this.#loadGivers()
    void wallet.loadGifts().catch(() => undefined)
  }

  close(): void {
    this.#connection?.close()
    this.#connection = null
    clearInterval(this.#timer)
    clearTimeout(this.#giversTimer)
  }

  async say(text: string): Promise<void> {
    await this.#connected().say(text)
  }
  async gift(gift: string, count: number): Promise<void> {
    const ok = await this.#connected().gift(gift, count)
    if (ok.coins !== undefined) wallet.committed(ok.coins)
  }
  /** It is over, whoever was the first to know. */
  end(): void {
    if (this.status === 'ended') return
    this.#turn('ended')
    void this.#readAgain()
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

  #connected(): RoomConnection {
    if (!this.#connection) throw new Problem('offline', 'the room is not open')
    return this.#connection
  }

  #event(event: ServerEvent): void {
    switch (event.type) {
      case 'welcome':
        this.you = event.you
        this.#history = event.seq
        this.#turn(event.state)
        this.#take(event)
        return
      case 'counts':
        this.#take(event)
        return
      case 'publisher':
        this.present = event.present
        return
      case 'refused':
        if (event.id === null) toasts.problem(new Problem(event.code, event.detail))
        return
      case 'started':
        this.#turnIfNew(event.seq, 'live')
        break
      case 'stopped':
        this.#turnIfNew(event.seq, 'idle')
        break
      case 'ended':
        this.end()
        break
      case 'gifted':
        if (event.seq > this.#history) this.#celebrate(event)
        break
      case 'muted':
        this.#muted(event)
        break
      case 'ok':
      case 'gap':
        return
    }
    if ('at' in event) this.lines = addEvent(this.lines, event)
  }

  #take(counts: { viewers: number; likes: number; coins: number }): void {
    this.viewers = counts.viewers
    // Likes only grow: a count from before one's own last taps must not take them away.
    this.likes = Math.max(this.likes, counts.likes)
    this.coins = counts.coins
  }

  /** What history says about the past must not overrule what the welcome said about now. */
  #turnIfNew(seq: number, status: rooms.RoomStatus): void {
    if (seq > this.#history) this.#turn(status)
  }

  #turn(status: rooms.RoomStatus): void {
    this.status = status
    if (status === 'live') this.present = true
  }

  #muted(event: Muted): void {
    const person = typeof event.person === 'string' ? event.person : event.person.id
    if (person === this.you?.id) this.mutedUntil = event.until
  }

  #celebrate(gifted: Gifted): void {
    this.#queue.add(gifted, Date.now())
    this.banners = this.#snapshot()
    this.#timer ||= window.setInterval(() => this.#tick(), BANNER_TICK_MS)
    if (gifted.coins >= BIG_GIFT_COINS && this.#spectacles.length < SPECTACLES_MAX) {
      this.#spectacles.push({ seq: gifted.seq, gift: gifted.gift, by: gifted.by?.name || gifted.by?.handle || '' })
      if (!this.spectacle) this.#nextSpectacle()
    }
    this.#giversTimer ||= window.setTimeout(() => void this.#loadGivers(), GIVERS_EVERY_MS)
  }

  #tick(): void {
    if (this.#queue.tick(Date.now())) this.banners = this.#snapshot()
    if (this.#queue.shown.length > 0) return
    clearInterval(this.#timer)
    this.#timer = 0
  }

  /** Copies, so that what is drawn does not change under the drawing. */
  #snapshot(): Banner[] {
    return this.#queue.shown.map((banner) => ({ ...banner }))
  }

  #nextSpectacle(): void {
    this.spectacle = this.#spectacles.shift() ?? null
    if (this.spectacle) setTimeout(() => this.#nextSpectacle(), SPECTACLE_MS)
  }

  /** The final numbers, for the goodbye. */
  async #readAgain(): Promise<void> {
    try {
      this.room = await rooms.room(this.id)
    } catch {
      // The goodbye shows the numbers that are there.
    }
  }

  async #loadGivers(): Promise<void> {
    this.#giversTimer = 0
    try {
      this.givers = (await rooms.givers(this.id, 3)).items
    } catch {
      // Three faces less: not worth a word.
    }
  }
}
