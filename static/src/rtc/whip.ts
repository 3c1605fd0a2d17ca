/** Publishes a room over WHIP. When a session fails it starts a new one with the same tracks and key. */
import { endSession, postOffer } from '../api/media'
import { Problem } from '../api/problem'
import { Backoff } from '../wire/backoff'
import { encodings, fit, type Picture, type Qualities } from './layers'
import { offer, watchPeer } from './peer'

export type PublishState = 'connecting' | 'publishing' | 'reconnecting' | 'stopped'
export interface PublishCalls {
  state(state: PublishState): void
  refused(problem: Problem): void
}
export interface PublishOptions {
  url: string
  key: string
  /** bit/s, of all qualities of the picture together */
  bitrateMax: number
  qualities: Qualities
}
/** Retrying cannot help against these. */
const FINAL = new Set(['wrong_stream_key', 'room_ended', 'not_found', 'no_such_room', 'bad_sdp', 'no_common_codec', 'adults_only'])
/** The server keeps a lost publisher's place for so long: `already_publishing` may be this page before a reload. */
const OWN_GHOST_MS = 25_000

export class Publisher {
  readonly #backoff = new Backoff(500, 4_000)
  #peer: RTCPeerConnection | null = null
  #senders: { video: RTCRtpSender | null; audio: RTCRtpSender | null } = { video: null, audio: null }
  #unwatch = () => {}
  #location = ''
  #retry = 0
  #attempt = 0
  #state: PublishState = 'stopped'
  #since = 0

  constructor(
    readonly options: PublishOptions,
    readonly calls: PublishCalls,
    private stream: MediaStream,
  ) {}

  start(): void {
    if (this.#state !== 'stopped') return
    this.#since = Date.now()
    this.#set('connecting')
    void this.#connect()
  }

  /** Also ends the session on the server. */
  stop(): void {
    this.#attempt += 1
    this.#drop(true)
    this.#set('stopped')
  }

  /** Does not end the session: a page that closes may reload, and the end of a room ends it anyway. */
  leave(): void {
    this.#attempt += 1
    this.#drop(false)
    this.#set('stopped')
  }

  /** Replaces the tracks, in this session and in later ones. */
  async use(stream: MediaStream): Promise<void> {
    this.stream = stream
    for (const track of stream.getTracks()) await this.#senders[track.kind === 'video' ? 'video' : 'audio']?.replaceTrack(track)
    await this.fit()
  }

  /** Switches between several qualities and one, without interruption. */
  async send(qualities: Qualities): Promise<void> {
    this.options.qualities = qualities
    await this.fit()
  }

  /** Adapts the encodings after a change of source, of the size of a shared window, or of the qualities. */
  async fit(): Promise<void> {
    const sender = this.#senders.video
    const parameters = sender?.getParameters()
    if (!sender || !parameters?.encodings.length) return
    const wanted = fit(parameters.encodings, this.#picture())
    const key = (all: RTCRtpEncodingParameters[]) => all.map((one) => `${one.active} ${one.scaleResolutionDownBy ?? 1} ${one.maxBitrate}`).join()
    if (key(wanted) === key(parameters.encodings)) return
    // A sender may refuse while its session is being set up or ends. The next session has the right encodings.
    await sender.setParameters({ ...parameters, encodings: wanted }).catch(() => undefined)
  }

  async stats(): Promise<RTCStatsReport | null> {
    return this.#peer?.connectionState === 'connected' ? this.#peer.getStats() : null
  }

  async #connect(): Promise<void> {
    const attempt = ++this.#attempt
    const peer = new RTCPeerConnection()
    this.#peer = peer
    this.#addTracks(peer)
    try {
      const { url, key } = this.options
      const session = await postOffer(url, await offer(peer), key)
      if (attempt !== this.#attempt) {
        void endSession(session.location, key)
        return
      }
      this.#location = session.location
      this.#unwatch = watchPeer(peer, { connected: () => this.#connected(), lost: () => this.#again() }, 3000)
      await peer.setRemoteDescription({ type: 'answer', sdp: session.answer })
      // A server that accepts one quality has just reduced ours to the first, which is the smallest.
      await this.fit()
    } catch (error) {
      if (attempt !== this.#attempt) return
      this.#failed(Problem.from(error))
    }
  }

  #addTracks(peer: RTCPeerConnection): void {
    const [audio] = this.stream.getAudioTracks()
    const [video] = this.stream.getVideoTracks()
    this.#senders = {
      audio: peer.addTransceiver(audio ?? 'audio', { direction: 'sendonly', streams: [this.stream] }).sender,
      video: peer.addTransceiver(video ?? 'video', {
        direction: 'sendonly',
        streams: [this.stream],
        sendEncodings: encodings(this.#picture()),
      }).sender,
    }
  }

  #picture(): Picture {
    const [video] = this.stream.getVideoTracks()
    const { width = 0, height = 0 } = video?.getSettings() ?? {}
    const { bitrateMax, qualities } = this.options
    return { width, height, target: bitrateMax, qualities, detail: video?.contentHint === 'detail', cores: navigator.hardwareConcurrency }
  }

  #failed(problem: Problem): void {
    const ghost = problem.code === 'already_publishing' && Date.now() - this.#since < OWN_GHOST_MS
    if (FINAL.has(problem.code) || (problem.code === 'already_publishing' && !ghost)) {
      this.stop()
      this.calls.refused(problem)
    } else this.#again()
  }

  #connected(): void {
    this.#backoff.reset()
    this.#set('publishing')
  }

  #again(): void {
    if (this.#state === 'publishing') this.#since = Date.now()
    this.#attempt += 1
    this.#drop(false)
    this.#set(this.#state === 'connecting' ? 'connecting' : 'reconnecting')
    this.#retry = window.setTimeout(() => void this.#connect(), this.#backoff.next())
  }

  #drop(end: boolean): void {
    clearTimeout(this.#retry)
    this.#unwatch()
    this.#peer?.close()
    this.#peer = null
    if (end && this.#location) void endSession(this.#location, this.options.key)
    this.#location = ''
  }

  #set(state: PublishState): void {
    if (state === this.#state) return
    this.#state = state
    this.calls.state(state)
  }
}
