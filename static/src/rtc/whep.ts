/** Watching a room: one stream object that stays, over WHEP sessions that are made anew when they fail. */
import { endSession, postOffer } from '../api/media'
import { Problem } from '../api/problem'
import { Backoff } from '../wire/backoff'
import { offer, watchPeer } from './peer'

export type WatchState = 'connecting' | 'watching' | 'reconnecting' | 'stopped'
export interface WatchCalls {
  stream(stream: MediaStream): void
  state(state: WatchState): void
  refused(problem: Problem): void
}
/** Trying again does not help against these. A room that is not live may be in a moment: its publisher may be on the way back. */
const FINAL = new Set(['room_ended', 'no_such_room', 'not_found', 'no_common_codec', 'bad_sdp'])

export class Watcher {
  readonly #backoff = new Backoff(500, 5_000)
  #peer: RTCPeerConnection | null = null
  #unwatch = () => {}
  #location = ''
  #retry = 0
  #state: WatchState = 'stopped'
  #turn = 0

  constructor(
    readonly url: string,
    readonly calls: WatchCalls,
  ) {}

  start(): void {
    if (this.#state !== 'stopped') return
    this.#set('connecting')
    void this.#connect()
  }

  /** `gone`: the room ended its sessions itself, so there is none to take leave of. */
  stop(gone = false): void {
    this.#turn += 1
    this.#drop(!gone)
    this.#set('stopped')
  }

  async #connect(): Promise<void> {
    const turn = ++this.#turn
    const peer = new RTCPeerConnection()
    this.#peer = peer
    const stream = new MediaStream()
    peer.ontrack = ({ track }) => stream.addTrack(track)
    peer.addTransceiver('video', { direction: 'recvonly' })
    peer.addTransceiver('audio', { direction: 'recvonly' })
    try {
      const session = await postOffer(this.url, await offer(peer))
      if (turn !== this.#turn) {
        void endSession(session.location)
        return
      }
      this.#location = session.location
      this.#unwatch = watchPeer(peer, { connected: () => this.#connected(), lost: () => this.#again() })
      await peer.setRemoteDescription({ type: 'answer', sdp: session.answer })
      this.calls.stream(stream)
    } catch (error) {
      if (turn !== this.#turn) return
      const problem = Problem.from(error)
      if (FINAL.has(problem.code)) {
        this.stop(true)
        this.calls.refused(problem)
      } else this.#again()
    }
  }

  #connected(): void {
    this.#backoff.reset()
    this.#set('watching')
  }

  #again(): void {
    this.#turn += 1
    this.#drop(false)
    this.#set('reconnecting')
    this.#retry = window.setTimeout(() => void this.#connect(), this.#backoff.next())
  }

  #drop(leave: boolean): void {
    clearTimeout(this.#retry)
    this.#unwatch()
    this.#peer?.close()
    this.#peer = null
    if (leave && this.#location) void endSession(this.#location)
    this.#location = ''
  }

  #set(state: WatchState): void {
    if (state === this.#state) return
    this.#state = state
    this.calls.state(state)
  }
}
