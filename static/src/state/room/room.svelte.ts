import { SvelteMap } from 'svelte/reactivity'
import { TIMEOUT_USUAL, type Permission, type SanctionReason } from '../../api/moderation/rooms'
import { Problem } from '../../api/problem'
import * as rooms from '../../api/rooms'
import type { RoomChanges } from '../../chat/kind'
import { kinds } from '../../chat/kinds'
import { effectIn, setEffectIn, type EffectCredit } from '../../chat/kinds/effect-set'
import { countTowardsGoal, goalIn, setGoalIn, type GoalCredit } from '../../chat/kinds/goal-set'
import { pinIn, setLeftIn, setPinIn, type Pin } from '../../chat/kinds/goods'
import { modesIn, setModesIn, type ChatModes } from '../../chat/kinds/modes-set'
import type { Gifted } from '../../chat/kinds/gifted'
import type { Line } from '../../chat/line'
import { i18n } from '../../i18n/index.svelte'
import { RoomConnection, type Link } from '../../wire/connection'
import { isDurable, type News, type ServerEvent, type You } from '../../wire/messages'
import { uuid } from '../../wire/uuid'
import { toasts } from '../site/toasts.svelte'
import { wallet } from '../wallet/wallet.svelte'
import { Celebration } from './celebration.svelte'
import { HeldLines } from './held.svelte'

/** A line that waits longer for the server's answer is shown as waiting. */
const PENDING_AFTER_MS = 400
const GIVERS_EVERY_MS = 4000
const GIVERS_SHOWN_MAX = 3

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
  /** Whether the picture is blurred until a moderator has looked at it. */
  veiled = $state(false)
  /** Whether this person is banned from the host's rooms. */
  banned = $state(false)
  link = $state<Link>('connecting')
  you = $state<You | null>(null)
  mutedUntil = $state(0)
  /** Unix ms until which the chat's modes let this person wait; 0: they may write. */
  waitUntil = $state(0)
  lines = $state.raw<Line[]>([])
  /** What this person wrote and the server has not yet answered: it is sent again after an outage. */
  pending = $state.raw<Pending[]>([])
  givers = $state.raw<rooms.Giver[]>([])
  readonly facts = new SvelteMap<string, unknown>()
  readonly celebration = new Celebration()
  readonly held: HeldLines
  #connection: RoomConnection | null = null
  /** Events up to this `seq` happened before the person came in. */
  #history = 0
  #giversTimer = 0

  constructor(
    readonly id: string,
    private readonly known = kinds,
  ) {
    this.held = new HeldLines(id)
  }

  get moderates(): boolean {
    return this.you?.role === 'host' || this.you?.role === 'moderator'
  }

  /** Whether this person may do this as the host or as a moderator. */
  can(permission: Permission): boolean {
    return this.you?.can?.includes(permission) ?? false
  }

  get modes(): ChatModes {
    return modesIn(this.facts)
  }

  /** The sponsored effect that the host's picture has. */
  get effect(): EffectCredit | null {
    return effectIn(this.facts)
  }

  /** The sponsored goal that runs. */
  get goal(): GoalCredit | null {
    return goalIn(this.facts)
  }

  /** The product that the host shows. */
  get pin(): Pin | null {
    return pinIn(this.facts)
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
      banned: () => (this.banned = true),
    })
    void this.#loadGivers()
    void wallet.loadGifts().catch(() => undefined)
  }

  close(): void {
    this.#connection?.close()
    this.#connection = null
    this.celebration.close()
    this.held.close()
    clearTimeout(this.#giversTimer)
  }

  async say(text: string): Promise<void> {
    const connection = this.#connected()
    const line = { key: uuid(), text }
    const show = () => (this.pending = [...this.pending, line])
    const timer = setTimeout(show, this.link === 'open' ? PENDING_AFTER_MS : 0)
    try {
      await connection.say(text, line.key)
      if (this.modes.slow_seconds && !this.moderates) this.waitUntil = Date.now() + 1000 * this.modes.slow_seconds
    } catch (error) {
      if (Problem.from(error).code === 'held') return this.held.add(line)
      const wait = Problem.from(error).retryAfterSeconds
      if (wait) this.waitUntil = Date.now() + 1000 * wait
      throw error
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
  async mute(person: string, seconds: number = TIMEOUT_USUAL, reason: SanctionReason = 'rules'): Promise<void> {
    await this.#connected().mute(person, seconds, reason)
  }
  async ban(person: string, banned: boolean, reason: SanctionReason = 'rules'): Promise<void> {
    await this.#connected().ban(person, banned, reason)
  }

  async setModes(modes: ChatModes): Promise<void> {
    await this.#connected().modes(modes)
  }

  /** The host says which sponsored effect the picture has, before anybody sees it. */
  async useEffect(effect: string | null): Promise<void> {
    await this.#connected().effect(effect)
  }

  /** The host starts a sponsored goal, or stops the one that runs. */
  async runGoal(goal: string | null): Promise<void> {
    await this.#connected().goal(goal)
  }

  onEvent(event: ServerEvent): void {
    if (!isDurable(event)) return this.#onNews(event)
    this.held.said(event)
    this.known.changeRoom(this, event, event.seq > this.#history)
    this.lines = this.known.changeLines(this.lines, event)
  }

  setStatus(status: rooms.RoomStatus): void {
    this.status = status
    if (status === 'live') this.present = true
    else setEffectIn(this.facts, null)
    if (status === 'ended') setGoalIn(this.facts, null)
    if (status === 'ended') setPinIn(this.facts, null)
  }

  /** Called by whoever learns of the end first: the chat, the player or a page. */
  end(): void {
    if (this.status === 'ended') return
    this.setStatus('ended')
    void this.#loadFinalNumbers()
  }

  celebrate(gifted: Gifted): void {
    this.celebration.add(gifted)
    countTowardsGoal(this.facts, gifted.coins, gifted.bonus ?? 0)
    this.#renewGivers()
  }

  #onNews(news: News): void {
    switch (news.type) {
      case 'welcome':
        this.#setYou(news.you)
        this.#history = news.seq
        this.setStatus(news.state)
        setEffectIn(this.facts, news.effect ?? null)
        setGoalIn(this.facts, news.goal ?? null)
        setPinIn(this.facts, news.pin ?? null)
        if (news.modes) setModesIn(this.facts, news.modes)
        this.#setCounts(news)
        if (news.you) void this.held.restore(news.you.id)
        break
      case 'you':
        this.#setYou(news.you)
        break
      case 'counts':
        this.#setCounts(news)
        break
      case 'stock':
        setLeftIn(this.facts, news.pin, news.left)
        break
      case 'publisher':
        this.present = news.present
        break
      case 'veiled':
        this.veiled = news.veiled
        break
      case 'held':
        this.held.changed()
        break
      case 'held_refused':
        if (this.held.refused(news.id)) toasts.say(i18n.t.filters.heldRefused)
        break
      case 'refused':
        if (news.id === null) toasts.problem(new Problem(news.code, news.detail))
        break
    }
  }

  #setYou(you: You | null): void {
    this.you = you
    this.mutedUntil = you?.muted_until ?? 0
  }

  #connected(): RoomConnection {
    if (!this.#connection) throw new Problem('offline', 'the room is not open')
    return this.#connection
  }

  #setCounts(counts: { viewers: number; likes: number; coins: number }): void {
    this.viewers = counts.viewers
    // Likes only grow. The server's count may be older than this person's last taps.
    this.likes = Math.max(this.likes, counts.likes)
    if (counts.coins < this.coins) this.#renewGivers() // gifts were taken back
    this.coins = counts.coins
  }

  #renewGivers(): void {
    this.#giversTimer ||= window.setTimeout(() => void this.#loadGivers(), GIVERS_EVERY_MS)
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
