/** One's own live: from the first look at the camera to the summary. It goes on while other pages are looked at. */
import { Problem } from '../../api/problem'
import * as rooms from '../../api/rooms'
import * as capture from '../../rtc/devices'
import { counters, overworked, sample, type Counters, type Sample } from '../../rtc/stats'
import { Publisher, type PublishState } from '../../rtc/whip'
import { recall, remember } from '../site/memory'
import { RoomState } from '../room/room.svelte'
import { session } from '../people/session.svelte'
import { toasts } from '../site/toasts.svelte'

export type Phase = 'loading' | 'setup' | 'counting' | 'live' | 'after'
const SAMPLE_MS = 1000
const SAMPLES_MAX = 60
const HEALTH_MS = 3000
const COUNT_FROM = 3
/** A track that gives nothing for this long is worth a word: some fall silent for a moment when they begin. */
const SILENT_MS = 2000
const STANDARD: capture.Wanted = { source: 'camera', camera: '', microphone: '', quality: 720, orientation: 'portrait', qualities: 'auto' }

class Studio {
  phase = $state<Phase>('loading')
  problem = $state<Problem | null>(null)
  title = $state('')
  wanted = $state<capture.Wanted>(recallWanted())
  devices = $state.raw<capture.Devices>({ cameras: [], microphones: [] })
  stream = $state.raw<MediaStream | null>(null)
  captureProblem = $state<Problem | null>(null)
  lost = $state<'video' | 'audio' | null>(null)
  /** A device that is there and gives nothing: covered, or held by the system or another program. */
  silent = $state<'video' | 'audio' | null>(null)
  micOn = $state(true)
  camOn = $state(true)
  count = $state(0)
  publishing = $state<PublishState>('stopped')
  /** The picture comes from another program; here are only the numbers. */
  elsewhere = $state(false)
  since = $state(0)
  /** A room of one's own that was not ended. */
  mine = $state.raw<rooms.Room | null>(null)
  room = $state.raw<RoomState | null>(null)
  summary = $state.raw<rooms.Room | null>(null)
  samples = $state.raw<Sample[]>([])
  /** What the server gets, and who watches which quality of it. */
  health = $state.raw<rooms.Health | null>(null)
  viewers = $state.raw<number[]>([])
  /** Only the best quality is sent, because somebody pressed for it. */
  spared = $state(false)
  /** The hint that the machine is overworked was waved away. */
  #unhinted = $state(false)
  #publisher: Publisher | null = null
  #sampler = 0
  #reader = 0
  #size = ''
  #counter = 0
  #before: Counters | null = null
  #capturing = 0
  #lock: WakeLockSentinel | null = null

  constructor() {
    addEventListener('pagehide', () => this.#publisher?.leave())
    addEventListener('beforeunload', (event) => this.onAir && event.preventDefault())
    navigator.mediaDevices?.addEventListener('devicechange', () => void this.#listDevices())
  }

  get onAir(): boolean {
    return this.phase === 'live' && !this.elsewhere
  }
  get target(): number {
    return capture.BITRATE[this.wanted.quality]
  }
  /** The machine cannot keep up, and sending fewer qualities would help. */
  get overworked(): boolean {
    return !this.spared && !this.#unhinted && (this.samples.at(-1)?.layers.length ?? 0) > 1 && overworked(this.samples)
  }

  /** The page is looked at. */
  async enter(): Promise<void> {
    if (this.phase === 'live' || this.phase === 'counting') return
    this.phase = 'loading'
    this.problem = null
    try {
      await this.#findMine()
      if (this.phase === 'loading') this.phase = 'setup'
      if (this.phase === 'setup') await this.look()
    } catch (error) {
      this.problem = Problem.from(error)
    }
  }

  /** The page is left: a camera nobody watches is switched off. */
  leave(): void {
    if (this.phase === 'live') return
    clearInterval(this.#counter)
    this.phase = 'loading'
    this.#release()
  }

  look(): Promise<void> {
    return this.#look(this.wanted.source)
  }

  async #look(sourceBefore: capture.Source): Promise<void> {
    const turn = ++this.#capturing
    this.captureProblem = null
    const before = this.stream
    // Many cameras give one picture at a time: the old one is let go first, unless viewers are watching it.
    if (!this.onAir) this.#release()
    try {
      const stream = await capture.capture($state.snapshot(this.wanted))
      if (turn !== this.#capturing || (this.phase !== 'setup' && this.phase !== 'live')) {
        for (const track of stream.getTracks()) track.stop()
        return
      }
      this.#use(stream)
      if (this.#publisher) await this.#publisher.use(stream)
      if (before !== stream) for (const track of before?.getTracks() ?? []) track.stop()
    } catch (error) {
      if (turn !== this.#capturing) return
      // Viewers go on seeing what they saw when another picture could not be had.
      if (this.onAir && before && !this.lost) {
        this.wanted.source = sourceBefore
        if (Problem.from(error).code !== 'capture_denied') toasts.problem(error)
      } else this.captureProblem = Problem.from(error)
    }
    await this.#listDevices()
  }

  async choose(change: Partial<capture.Wanted>): Promise<void> {
    const { source } = this.wanted
    Object.assign(this.wanted, change)
    // Sharing a screen is asked for every time, so it is not begun unasked.
    remember('studio', JSON.stringify({ ...this.wanted, source: 'camera' }))
    // How many qualities are sent changes nothing about the picture here.
    if (!('qualities' in change)) await this.#look(source)
  }

  /** One quality is sent from now on, or several again. */
  async spare(on: boolean): Promise<void> {
    this.spared = on
    this.#unhinted = false
    await this.#publisher?.send(on ? 'one' : this.wanted.qualities)
  }
  unhint(): void {
    this.#unhinted = true
  }

  toggleMic(): void {
    this.micOn = !this.micOn
    for (const track of this.stream?.getAudioTracks() ?? []) track.enabled = this.micOn
  }
  toggleCam(): void {
    this.camOn = !this.camOn
    for (const track of this.stream?.getVideoTracks() ?? []) track.enabled = this.camOn
  }

  countDown(): void {
    if (this.phase !== 'setup' || !this.stream || !session.allows('live')) return
    this.phase = 'counting'
    this.count = COUNT_FROM
    this.#counter = window.setInterval(() => {
      this.count -= 1
      if (this.count > 0) return
      clearInterval(this.#counter)
      void this.#goLive()
    }, 1000)
  }
  cancelCount(): void {
    clearInterval(this.#counter)
    this.phase = 'setup'
  }

  /** A room (with its stream key) for another program to publish in. */
  async makeRoom(): Promise<void> {
    if (!session.allows('live')) return
    this.mine = await this.#ownRoom()
  }

  /** Numbers, chat and gifts of a room whose picture another program sends. */
  follow(): void {
    if (!this.mine) return
    this.#release()
    this.elsewhere = true
    this.samples = []
    this.#openRoom(this.mine)
  }

  async end(): Promise<void> {
    const id = this.room?.id ?? this.mine?.id
    if (!id) return
    this.#publisher?.leave()
    try {
      this.#finish(await rooms.endRoom(id))
    } catch (error) {
      this.#publisher?.start()
      toasts.problem(error)
    }
  }

  /** Somebody else (a moderator) ended the room. */
  async ended(): Promise<void> {
    const id = this.room?.id
    if (!id || this.phase !== 'live') return
    this.#publisher?.leave()
    try {
      this.#finish(await rooms.room(id))
    } catch (error) {
      toasts.problem(error)
    }
  }

  /** Ends a room that was found open, without having gone live in it now. */
  async endMine(): Promise<void> {
    if (!this.mine) return
    try {
      await rooms.endRoom(this.mine.id)
      this.mine = null
    } catch (error) {
      toasts.problem(error)
    }
  }

  async again(): Promise<void> {
    this.summary = null
    this.phase = 'loading'
    await this.enter()
  }

  async #findMine(): Promise<void> {
    const handle = session.me?.handle
    if (!handle) return
    const page = await rooms.rooms({ host: handle, limit: 20 })
    const open = page.items.find((room) => room.state !== 'ended')
    this.mine = open ? (open.stream_key ? open : await rooms.room(open.id)) : null
    if (!this.mine) return
    this.title = this.mine.title
    if (this.mine.state === 'live' && (await rooms.health(this.mine.id)).publishing) this.follow()
  }

  async #ownRoom(): Promise<rooms.Room> {
    const title = this.title.trim()
    if (!this.mine) return rooms.openRoom(title || session.me?.name || session.me?.handle || 'Live')
    if (title && title !== this.mine.title) await rooms.retitle(this.mine.id, title)
    return this.mine
  }

  async #goLive(): Promise<void> {
    try {
      const room = await this.#ownRoom()
      this.mine = room
      if (!room.whip_url || !room.stream_key || !this.stream) throw new Problem('wrong_stream_key', 'the room came without its key')
      this.elsewhere = false
      this.since = 0
      this.samples = []
      this.spared = this.#unhinted = false
      this.#publisher = new Publisher(
        { url: room.whip_url, key: room.stream_key, bitrateMax: this.target, qualities: this.wanted.qualities },
        { state: (state) => this.#published(state), refused: (problem) => this.#refused(problem) },
        this.stream,
      )
      this.#openRoom(room)
      this.#publisher.start()
      this.#sampler = window.setInterval(() => void this.#sample(), SAMPLE_MS)
      this.#lock = (await navigator.wakeLock?.request('screen').catch(() => null)) ?? null
    } catch (error) {
      this.phase = 'setup'
      toasts.problem(error)
    }
  }

  #openRoom(room: rooms.Room): void {
    this.room?.close()
    this.room = new RoomState(room.id)
    void this.room.open()
    this.since ||= room.state === 'live' ? (room.started_at ?? 0) : 0
    this.phase = 'live'
    this.health = null
    this.viewers = []
    clearInterval(this.#reader)
    this.#reader = window.setInterval(() => void this.#readHealth(), HEALTH_MS)
  }

  #published(state: PublishState): void {
    this.publishing = state
    if (state === 'publishing') this.since ||= Date.now()
    this.#before = null
  }

  #refused(problem: Problem): void {
    toasts.problem(problem)
    this.#stopAll()
    this.phase = 'loading'
    void this.enter()
  }

  #finish(summary: rooms.Room): void {
    this.summary = summary
    this.#stopAll()
    this.#release()
    this.mine = null
    this.title = ''
    this.phase = 'after'
  }

  #stopAll(): void {
    clearInterval(this.#sampler)
    clearInterval(this.#reader)
    this.#publisher?.leave()
    this.#publisher = null
    this.room?.close()
    this.room = null
    this.elsewhere = false
    this.publishing = 'stopped'
    void this.#lock?.release()
    this.#lock = null
  }

  async #sample(): Promise<void> {
    const report = await this.#publisher?.stats()
    if (!report) return
    const now = counters(report as unknown as Iterable<[string, never]>)
    const rates = sample(this.#before, now)
    this.#before = now
    if (rates) this.samples = [...this.samples, rates].slice(-SAMPLES_MAX)
    this.#followSize()
  }

  /** A shared window changes its size without a word. */
  #followSize(): void {
    const { width, height } = this.stream?.getVideoTracks()[0]?.getSettings() ?? {}
    const size = `${width} ${height}`
    if (size !== this.#size) void this.#publisher?.fit()
    this.#size = size
  }

  async #readHealth(): Promise<void> {
    const { room } = this
    if (!room || room.status === 'ended') return
    try {
      const health = await rooms.health(room.id)
      if (room !== this.room) return
      this.health = health
      this.viewers = [...this.viewers, health.viewers ?? room.viewers].slice(-SAMPLES_MAX)
      if (!health.publishing || !this.elsewhere) return
      const rates: Sample = {
        bitrate: health.bitrate_bps,
        framesPerSecond: health.frames_per_second,
        loss: health.packets ? health.lost / (health.packets + health.lost) : 0,
        roundTripMs: health.round_trip_ms ?? 0,
        width: health.width ?? 0,
        height: health.height ?? 0,
        limit: 'unknown',
        layers: [],
      }
      this.samples = [...this.samples, rates].slice(-SAMPLES_MAX)
    } catch {
      // The next reading is three seconds away.
    }
  }

  #use(stream: MediaStream): void {
    this.stream = stream
    this.lost = this.silent = null
    for (const track of stream.getTracks()) {
      const kind = track.kind === 'video' ? 'video' : 'audio'
      track.enabled = kind === 'video' ? this.camOn : this.micOn
      track.addEventListener('ended', () => {
        if (this.stream === stream) this.lost = kind
      })
      track.addEventListener('mute', () => setTimeout(() => this.stream === stream && track.muted && track.readyState === 'live' && (this.silent = kind), SILENT_MS))
      track.addEventListener('unmute', () => this.stream === stream && this.silent === kind && (this.silent = null))
    }
  }

  #release(): void {
    for (const track of this.stream?.getTracks() ?? []) track.stop()
    this.stream = null
    this.lost = this.silent = null
  }

  async #listDevices(): Promise<void> {
    this.devices = await capture.devices().catch(() => this.devices)
  }
}

function recallWanted(): capture.Wanted {
  try {
    return { ...STANDARD, ...(JSON.parse(recall('studio') ?? '{}') as Partial<capture.Wanted>), source: 'camera' }
  } catch {
    return STANDARD
  }
}

export const studio = new Studio()
