/** Watches a room over WHEP. When a session fails it starts a new one. */
import { chooseLayer, endSession, layers, postOffer, type LayerChoice } from '../api/media'
import { Problem } from '../api/problem'
import type { RoomStatus } from '../api/rooms'
import { Backoff } from '../wire/backoff'
import { pickLayer, type Preferred } from './layers'
import { hold, Patience } from './patience'
import { offer, offerDependencies, watchPeer } from './peer'
import { receivedCounters, type ReceivedCounters } from './received'

export type WatchState = 'connecting' | 'watching' | 'reconnecting' | 'stopped'
export interface WatchCalls {
  stream(stream: MediaStream): void
  state(state: WatchState): void
  refused(problem: Problem): void
  /** The session is about to close, and its picture with it. */
  parting(): void
  /** The qualities to choose from; null: no choice. */
  choice(choice: LayerChoice | null): void
  /** The room's current status. Asked before each new session, because sessions may end before the chat says why. */
  status(): Promise<RoomStatus>
  /** The room has ended, so there will be no new session. */
  ended(): void
}
/** Retrying cannot help against these. A room that is not live is not among them: its publisher may come back. */
const FINAL = new Set(['room_ended', 'no_such_room', 'not_found', 'no_common_codec', 'bad_sdp'])

/** Shorter interruptions are not shown. */
const QUIET_MS = 400
/** After a session that ended sooner we wait before the next one, so as not to loop. */
const PROVEN_MS = 2000
/** By which share the player's height must change before we report it. */
const RESIZED = 0.05
const READ_MS = 1000
/** After as many readings in which nothing arrived, the picture counts as interrupted. ICE itself takes 5 s and more. */
const SILENT_READINGS = 2

export class Watcher {
  readonly #backoff = new Backoff(500, 5_000)
  readonly #patience = new Patience()
  #peer: RTCPeerConnection | null = null
  #unwatch = () => {}
  #location = ''
  #retry = 0
  #reading = 0
  #read: ReceivedCounters | null = null
  #silent = 0
  #state: WatchState = 'stopped'
  #attempt = 0
  #notice = 0
  #since = 0
  #layers: string | null = null
  #height = 0
  #reportedHeight = 0

  constructor(
    readonly url: string,
    readonly calls: WatchCalls,
    private preferred: Preferred = 'auto',
  ) {}

  start(): void {
    if (this.#state !== 'stopped') return
    this.#set('connecting')
    void this.#connect()
  }

  /** `gone`: the server has already ended the session. */
  stop(gone = false): void {
    this.#attempt += 1
    clearTimeout(this.#notice)
    this.#notice = 0
    this.#drop(!gone)
    this.#set('stopped')
  }

  /** Sets the height of the picture on the screen, in device pixels. */
  show(height: number): void {
    this.#height = Math.round(height)
    if (Math.abs(this.#height - this.#reportedHeight) > this.#reportedHeight * RESIZED) void this.#choose()
  }

  prefer(preferred: Preferred): void {
    if (preferred === this.preferred) return
    this.preferred = preferred
    void this.#choose()
  }

  /** Asks the server for the current qualities. */
  async look(): Promise<void> {
    const url = this.#layers
    if (!url || !this.#since) return
    const choice = await layers(url).catch(() => null)
    if (url !== this.#layers || !choice) return
    this.calls.choice(choice)
    if ((pickLayer(choice.layers, this.preferred)?.layer ?? 'auto') !== choice.choice) await this.#choose()
  }

  /** The counters of this session; null while there is none. */
  async counters(): Promise<ReceivedCounters | null> {
    const peer = this.#peer
    if (!peer || !this.#since) return null
    const report = await peer.getStats()
    return peer === this.#peer ? receivedCounters(report as unknown as Iterable<[string, never]>) : null
  }

  /** Adapts the jitter buffer. */
  async #adaptBuffer(): Promise<void> {
    const now = await this.counters()
    if (!now || !this.#peer) return
    hold(this.#peer, this.#patience.update(this.#read, now))
    this.#silent = this.#read && now.bytes === this.#read.bytes ? this.#silent + 1 : 0
    if (this.#silent === SILENT_READINGS) this.#set('reconnecting')
    else if (this.#silent === 0 && this.#state === 'reconnecting') this.#set('watching')
    this.#read = now
  }

  /** Sends the preferred quality and the player's height to the server. */
  async #choose(): Promise<void> {
    const url = this.#layers
    if (!url || !this.#since) return
    const height = (this.#reportedHeight = this.#height)
    try {
      const wanted = this.preferred === 'auto' ? null : pickLayer((await layers(url)).layers, this.preferred)
      const choice = await chooseLayer(url, { choice: wanted?.layer ?? 'auto', ...(height ? { height } : {}) })
      if (url === this.#layers) this.calls.choice(choice)
    } catch {
      // The picture stays as it is. The next change tries again.
      if (url === this.#layers) this.#reportedHeight = 0
    }
  }

  async #connect(): Promise<void> {
    const attempt = ++this.#attempt
    const peer = new RTCPeerConnection()
    this.#peer = peer
    const stream = new MediaStream()
    peer.ontrack = ({ track }) => stream.addTrack(track)
    offerDependencies(peer.addTransceiver('video', { direction: 'recvonly' }))
    peer.addTransceiver('audio', { direction: 'recvonly' })
    try {
      const session = await postOffer(this.url, await offer(peer))
      if (attempt !== this.#attempt) {
        void endSession(session.location)
        return
      }
      this.#location = session.location
      this.#layers = session.layers
      this.#unwatch = watchPeer(peer, { connected: () => this.#connected(), lost: () => this.#again() })
      this.#read = null
      this.#silent = 0
      this.#reading = window.setInterval(() => void this.#adaptBuffer(), READ_MS)
      await peer.setRemoteDescription({ type: 'answer', sdp: session.answer })
      this.calls.stream(stream)
    } catch (error) {
      if (attempt !== this.#attempt) return
      if (!this.#giveUp(Problem.from(error))) this.#again()
    }
  }

  #giveUp(problem: Problem): boolean {
    if (!FINAL.has(problem.code)) return false
    this.stop(true)
    if (problem.code === 'room_ended') this.calls.ended()
    else this.calls.refused(problem)
    return true
  }

  #connected(): void {
    this.#since = Date.now()
    clearTimeout(this.#notice)
    this.#notice = 0
    this.#backoff.reset()
    this.#set('watching')
    void this.#choose()
  }

  /** After a session that worked for a while we reconnect at once: a publisher who changes codec ends all sessions. */
  #again(): void {
    const soon = this.#since > 0 && Date.now() - this.#since > PROVEN_MS
    this.calls.parting()
    this.#attempt += 1
    this.#drop(false)
    this.#notice ||= window.setTimeout(() => this.#set('reconnecting'), QUIET_MS)
    if (soon) void this.#rejoin()
    else this.#later()
  }

  async #rejoin(): Promise<void> {
    const attempt = this.#attempt
    const found = await this.calls.status().catch(Problem.from)
    if (attempt !== this.#attempt) return
    if (found === 'live') void this.#connect()
    else if (found === 'ended') this.#giveUp(new Problem('room_ended', 'the room has ended'))
    else if (found === 'idle' || !this.#giveUp(found)) this.#later()
  }

  #later(): void {
    this.#retry = window.setTimeout(() => void this.#rejoin(), this.#backoff.next())
  }

  #drop(leave: boolean): void {
    clearTimeout(this.#retry)
    clearInterval(this.#reading)
    this.#unwatch()
    this.#peer?.close()
    this.#peer = null
    if (leave && this.#location) void endSession(this.#location)
    this.#location = ''
    this.#since = 0
    if (this.#layers) this.calls.choice(null)
    this.#layers = null
    this.#reportedHeight = 0
  }

  #set(state: WatchState): void {
    if (state === this.#state) return
    this.#state = state
    this.calls.state(state)
  }
}
