/** Watching a room: one stream object that stays, over WHEP sessions that are made anew when they fail. */
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
  /** The session is about to be let go of, and its picture with it. */
  parting(): void
  /** What there is to choose from; null: nothing. */
  choice(choice: LayerChoice | null): void
  /** How the room is now. Asked before each new session: the news that the room has ended may come later than the end of its sessions. */
  status(): Promise<RoomStatus>
  /** The room is over, and so is the watching. */
  ended(): void
}
/** Trying again does not help against these. A room that is not live may be in a moment: its publisher may be on the way back. */
const FINAL = new Set(['room_ended', 'no_such_room', 'not_found', 'no_common_codec', 'bad_sdp'])

/** A break shorter than this is not worth a word. */
const QUIET_MS = 400
/** A session that ends sooner is not made anew at once: whatever ends it would go round and round. */
const PROVEN_MS = 2000
/** A share by which the player must have grown or shrunk for the server to hear of it. */
const RESIZED = 0.05
const READ_MS = 1000

export class Watcher {
  readonly #backoff = new Backoff(500, 5_000)
  readonly #patience = new Patience()
  #peer: RTCPeerConnection | null = null
  #unwatch = () => {}
  #location = ''
  #retry = 0
  #reading = 0
  #read: ReceivedCounters | null = null
  #state: WatchState = 'stopped'
  #turn = 0
  #notice = 0
  #since = 0
  #layers: string | null = null
  #height = 0
  #toldHeight = 0

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

  /** `gone`: the room ended its sessions itself, so there is none to take leave of. */
  stop(gone = false): void {
    this.#turn += 1
    clearTimeout(this.#notice)
    this.#notice = 0
    this.#drop(!gone)
    this.#set('stopped')
  }

  /** How high the picture is shown, in device pixels. */
  show(height: number): void {
    this.#height = Math.round(height)
    if (Math.abs(this.#height - this.#toldHeight) > this.#toldHeight * RESIZED) void this.#choose()
  }

  prefer(preferred: Preferred): void {
    if (preferred === this.preferred) return
    this.preferred = preferred
    void this.#choose()
  }

  /** Asks what there is to choose from now. */
  async look(): Promise<void> {
    const url = this.#layers
    if (!url || !this.#since) return
    const choice = await layers(url).catch(() => null)
    if (url !== this.#layers || !choice) return
    this.calls.choice(choice)
    if ((pickLayer(choice.layers, this.preferred)?.layer ?? 'auto') !== choice.choice) await this.#choose()
  }

  /** What this session has received so far; null while there is none. */
  async counters(): Promise<ReceivedCounters | null> {
    const peer = this.#peer
    if (!peer || !this.#since) return null
    const report = await peer.getStats()
    return peer === this.#peer ? receivedCounters(report as unknown as Iterable<[string, never]>) : null
  }

  /** Waits longer for pictures where they would stand still otherwise. */
  async #pace(): Promise<void> {
    const now = await this.counters()
    if (!now || !this.#peer) return
    hold(this.#peer, this.#patience.next(this.#read, now))
    this.#read = now
  }

  /** Tells the server the person's wish and the player's size. */
  async #choose(): Promise<void> {
    const url = this.#layers
    if (!url || !this.#since) return
    const height = (this.#toldHeight = this.#height)
    try {
      const wanted = this.preferred === 'auto' ? null : pickLayer((await layers(url)).layers, this.preferred)
      const choice = await chooseLayer(url, { choice: wanted?.layer ?? 'auto', ...(height ? { height } : {}) })
      if (url === this.#layers) this.calls.choice(choice)
    } catch {
      // The picture goes on as it is; the next change asks again.
      if (url === this.#layers) this.#toldHeight = 0
    }
  }

  async #connect(): Promise<void> {
    const turn = ++this.#turn
    const peer = new RTCPeerConnection()
    this.#peer = peer
    const stream = new MediaStream()
    peer.ontrack = ({ track }) => stream.addTrack(track)
    offerDependencies(peer.addTransceiver('video', { direction: 'recvonly' }))
    peer.addTransceiver('audio', { direction: 'recvonly' })
    try {
      const session = await postOffer(this.url, await offer(peer))
      if (turn !== this.#turn) {
        void endSession(session.location)
        return
      }
      this.#location = session.location
      this.#layers = session.layers
      this.#unwatch = watchPeer(peer, { connected: () => this.#connected(), lost: () => this.#again() })
      this.#read = null
      this.#reading = window.setInterval(() => void this.#pace(), READ_MS)
      await peer.setRemoteDescription({ type: 'answer', sdp: session.answer })
      this.calls.stream(stream)
    } catch (error) {
      if (turn !== this.#turn) return
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

  /** What worked for a while is begun anew at once: a publisher who came back with another codec ends sessions just so. */
  #again(): void {
    const soon = this.#since > 0 && Date.now() - this.#since > PROVEN_MS
    this.calls.parting()
    this.#turn += 1
    this.#drop(false)
    this.#notice ||= window.setTimeout(() => this.#set('reconnecting'), QUIET_MS)
    if (soon) void this.#rejoin()
    else this.#later()
  }

  async #rejoin(): Promise<void> {
    const turn = this.#turn
    const found = await this.calls.status().catch(Problem.from)
    if (turn !== this.#turn) return
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
    this.#toldHeight = 0
  }

  #set(state: WatchState): void {
    if (state === this.#state) return
    this.#state = state
    this.calls.state(state)
  }
}
