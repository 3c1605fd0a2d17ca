/** Going live, from the first look at the camera to the summary. A live continues while its host visits other pages. */
import { untrack } from 'svelte'
import type { Statement } from '../../api/moderation/cases'
import { Problem } from '../../api/problem'
import * as rooms from '../../api/rooms'
import type { PublishState } from '../../rtc/whip'
import { session } from '../people/session.svelte'
import { RoomState } from '../room/room.svelte'
import { whenReleased } from '../site/press'
import { toasts } from '../site/toasts.svelte'
import { Broadcast } from './broadcast.svelte'
import { Capture } from './capture.svelte'
import { Countdown } from './countdown.svelte'
import { StreamHealth } from './health.svelte'
import { air, type OnAir } from './on-air.svelte'
import { OwnRoom } from './own-room.svelte'
import { whatStopped } from './stopped'
import { Tabs } from './tabs'

export type Phase = 'loading' | 'setup' | 'counting' | 'live' | 'after'

const WATCH_MS = 4000

class Studio {
  phase = $state<Phase>('loading')
  problem = $state<Problem | null>(null)
  /** The room while it is live. */
  room = $state.raw<RoomState | null>(null)
  /** The room's final numbers. */
  summary = $state.raw<rooms.Room | null>(null)
  /** What moderators decided that ended it; null: it ended otherwise. */
  stopped = $state.raw<Statement | null>(null)
  /** Another program, device or tab publishes; this page shows its numbers, chat and gifts. */
  elsewhere = $state(false)
  /** It is another tab of this browser. */
  otherTab = $state(false)
  /** Unix ms from which the time on air counts; 0 before. */
  since = $state(0)
  /** Whether its page is open. */
  #open = false
  #watch = 0
  #onAirMs = 0
  readonly #tabs = new Tabs(() => (this.onAir ? (this.room?.id ?? null) : null), (room) => (this.otherTab ||= room === this.room?.id))
  readonly own = new OwnRoom()
  readonly countdown = new Countdown()
  readonly health = new StreamHealth()
  readonly broadcast = new Broadcast({
    state: (state) => this.#onPublishing(state),
    refused: (problem) => this.#onRefused(problem),
  })
  readonly capture = new Capture({
    onAir: () => this.onAir,
    needed: () => this.phase === 'setup' || this.phase === 'live',
    captured: (stream) => this.broadcast.useStream(stream),
    announce: async (effect) => {
      const id = effect?.id ?? null
      if (this.onAir && this.room?.status === 'live' && (this.room.effect?.id ?? null) !== id) await this.room.useEffect(id)
    },
  })

  constructor() {
    addEventListener('beforeunload', (event) => this.onAir && event.preventDefault())
    const live: OnAir = { since: () => this.since, end: () => this.end() }
    // For as long as the page lives: no component owns a live.
    $effect.root(() => {
      $effect(() => void (air.live = this.onAir ? live : null))
      $effect(() => void (this.room?.status === 'ended' && untrack(() => this.#onEnded())))
      $effect(() => void (this.onAir && this.room?.status === 'live' && untrack(() => this.#announce())))
    })
  }

  get onAir(): boolean {
    return this.phase === 'live' && !this.elsewhere
  }
  get hintsOverwork(): boolean {
    return this.health.overworked && !this.broadcast.oneQuality && !this.broadcast.hintDismissed
  }

  /** The page opens. */
  async enter(): Promise<void> {
    this.#open = true
    if (this.phase === 'live' || this.phase === 'counting') return
    this.phase = 'loading'
    this.problem = null
    try {
      await this.own.find()
      if (await this.own.isPublishing()) this.follow()
      if (this.phase === 'loading') this.phase = 'setup'
      if (this.phase === 'setup') {
        this.#watchForOthers()
        await this.capture.start()
      }
    } catch (error) {
      this.problem = Problem.from(error)
    }
  }

  /** The page closes. The camera is switched off unless viewers are watching. */
  leave(): void {
    this.#open = false
    clearInterval(this.#watch)
    if (this.phase === 'live') return
    this.countdown.cancel()
    this.phase = 'loading'
    this.capture.release()
  }

  startCountdown(): void {
    if (this.phase !== 'setup' || !this.capture.stream || !session.allows('live')) return
    this.phase = 'counting'
    this.countdown.start(() => void this.#goLive())
  }
  cancelCountdown(): void {
    this.countdown.cancel()
    this.phase = 'setup'
  }

  /** Opens a room (with its stream key) for another program to publish in. */
  async openForOtherProgram(): Promise<void> {
    if (session.allows('live')) await this.own.open()
  }

  /** Shows the numbers, chat and gifts of a room in which another program publishes. */
  follow(): void {
    if (!this.own.room) return
    this.capture.release()
    this.elsewhere = true
    this.#openRoom(this.own.room)
  }

  async end(): Promise<void> {
    const id = this.room?.id ?? this.own.room?.id
    if (!id) return
    this.broadcast.pause()
    try {
      this.#finish(await rooms.endRoom(id))
    } catch (error) {
      this.broadcast.resume()
      toasts.problem(error)
    }
  }

  /** Somebody else, such as a moderator, ended the room. */
  async #onEnded(): Promise<void> {
    const id = this.room?.id
    if (!id || this.phase !== 'live') return
    this.broadcast.pause()
    try {
      const room = await rooms.room(id)
      this.stopped = await whatStopped(room)
      this.#finish(room)
    } catch (error) {
      toasts.problem(error)
    }
  }

  /** On air, also again: the room names the sponsor of the effect. One that is over is taken off. */
  async #announce(): Promise<void> {
    const effect = this.capture.effects.chosen
    if (!effect?.sponsor || this.capture.wanted.source !== 'camera') return
    try {
      await this.room?.useEffect(effect.id)
    } catch (error) {
      if (Problem.from(error).code !== 'no_such_effect') return
      toasts.problem(error)
      await this.capture.effects.choose(null)
    }
  }

  /** From the summary back to the form. */
  async again(): Promise<void> {
    this.summary = null
    this.stopped = null
    this.phase = 'loading'
    await this.enter()
  }

  /** A program that is set up once, another device or another tab may go live while the form is open. */
  #watchForOthers(): void {
    clearInterval(this.#watch)
    this.#watch = window.setInterval(() => {
      if (this.phase === 'setup' && !document.hidden) void this.#followOthers()
    }, WATCH_MS)
  }
  async #followOthers(): Promise<void> {
    try {
      await this.own.find()
      const publishing = await this.own.isPublishing()
      if (publishing && this.phase === 'setup') whenReleased(() => this.phase === 'setup' && this.follow())
    } catch {
      // The next look is a few seconds away.
    }
  }

  async #goLive(): Promise<void> {
    try {
      const room = await this.own.open()
      const { shown, bitrateMax, wanted } = this.capture
      if (!room.whip_url || !room.stream_key || !shown) throw new Problem('wrong_stream_key', 'the room came without its key')
      this.elsewhere = false
      this.#openRoom(room)
      this.broadcast.start({ url: room.whip_url, key: room.stream_key, bitrateMax, qualities: wanted.qualities }, shown)
      this.health.measure(() => this.#stats())
    } catch (error) {
      this.phase = 'setup'
      toasts.problem(error)
    }
  }

  async #stats(): Promise<RTCStatsReport | null> {
    const report = await this.broadcast.stats()
    if (report) this.broadcast.followSize(this.capture.shown)
    return report
  }

  #openRoom(room: rooms.Room): void {
    this.room?.close()
    this.room = new RoomState(room.id)
    void this.room.open()
    clearInterval(this.#watch)
    this.#onAirMs = room.on_air_ms
    this.since = this.elsewhere ? Date.now() - room.on_air_ms : 0
    this.phase = 'live'
    this.otherTab = false
    if (this.elsewhere) this.#tabs.ask()
    this.health.watch(this.room, this.elsewhere)
  }

  #onPublishing(state: PublishState): void {
    if (state === 'publishing') this.since ||= Date.now() - this.#onAirMs
    this.health.restart()
  }

  #onRefused(problem: Problem): void {
    toasts.problem(problem)
    this.#close()
    this.phase = 'loading'
    // Without the page there is nobody to show the camera to.
    if (this.#open) void this.enter()
    else this.capture.release()
  }

  #finish(summary: rooms.Room): void {
    this.summary = summary
    this.#close()
    this.capture.release()
    this.own.forget()
    this.phase = 'after'
  }

  #close(): void {
    this.health.stop()
    this.broadcast.stop()
    this.room?.close()
    this.room = null
    this.elsewhere = false
  }
}

export const studio = new Studio()
