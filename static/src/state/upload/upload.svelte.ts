/** One upload at a time. It continues while the person visits other pages. */
import { Problem } from '../../api/problem'
import { sound as readSound, type Sound } from '../../api/catalogue/sounds'
import { Transfer, UPLOAD_BYTES_MAX } from '../../api/uploads'
import { video as readVideo, type Video, type Visibility } from '../../api/videos'
import { tag } from '../../api/shop/showing'
import type { Effect } from '../../effects/effect'
import { recall, remember } from '../site/memory'
import { toasts } from '../site/toasts.svelte'
import { Speed } from './speed'

export type UploadPhase = 'empty' | 'picked' | 'uploading' | 'paused' | 'processing' | 'ready' | 'rejected'
const POLL_MS = 1000
const POLL_SLOW_MS = 4000
const LOOK_MS = 500
/** Without a byte for this long, the upload waits for the connection. */
const SILENT_MS = 2000

class UploadState {
  phase = $state<UploadPhase>('empty')
  file = $state.raw<File | null>(null)
  preview = $state('')
  caption = $state('')
  /** The hashtag of a challenge that the next video takes part in. */
  tag = ''
  visibility = $state<Visibility>('public')
  /** What its creator sells that is in it. */
  products = $state.raw<string[]>([])
  /** What the next upload has in place of its own sound. It stays when another file is picked. */
  sound = $state.raw<Sound | null>(null)
  /** The sponsored effect that the file was recorded with. */
  effect = $state.raw<Effect | null>(null)
  sent = $state(0)
  total = $state(0)
  bytesPerSecond = $state(0)
  resumed = $state(false)
  /** No byte has got through for a while: the connection is away, or very slow. */
  waiting = $state(false)
  problem = $state<Problem | null>(null)
  video = $state.raw<Video | null>(null)
  /** The name of the file whose upload was interrupted by a reload. */
  interrupted = $state(recall('upload.file'))
  #transfer: Transfer | null = null
  #speed = new Speed()
  #timer = 0
  #progressAt = 0

  constructor() {
    setInterval(() => this.#look(), LOOK_MS)
    addEventListener('offline', () => this.#wait())
    addEventListener('beforeunload', (event) => this.underway && event.preventDefault())
    const id = recall('upload.video')
    if (id) this.#process(id)
  }

  /** A reload would interrupt it. What has arrived stays on the server, and the same file continues from there. */
  get underway(): boolean {
    return this.phase === 'uploading' || this.phase === 'paused'
  }

  get secondsLeft(): number | null {
    return this.bytesPerSecond > 0 ? (this.total - this.sent) / this.bytesPerSecond : null
  }

  takePart(tag: string) {
    if (this.phase !== 'picked') this.tag = tag
    else if (!this.caption.includes(`#${tag}`)) this.caption = `${this.caption} #${tag} `.trimStart()
  }
  /** `effect`: that the file was recorded with here. */
  pick(file: File, effect: Effect | null = null): void {
    this.clear()
    this.effect = effect?.sponsor ? effect : null
    this.problem = null
    if (!/^video\//.test(file.type) && !/\.(mp4|m4v|mov|webm|mkv)$/i.test(file.name)) this.problem = new Problem('not_a_video', '')
    else if (file.size > UPLOAD_BYTES_MAX) this.problem = new Problem('upload_too_large', '')
    if (this.problem) return
    this.file = file
    this.total = file.size
    this.preview = URL.createObjectURL(file)
    const again = recall('upload.file') === file.name
    this.caption = again ? (recall('upload.caption') ?? '') : this.tag && `#${this.tag} `
    this.tag = ''
    const sound = again ? recall('upload.sound') : null
    if (sound && !this.sound) void this.choose(sound)
    this.phase = 'picked'
  }

  /** Chooses the sound of the next upload. */
  async choose(sound: string): Promise<void> {
    try {
      const found = await readSound(sound)
      if (found.usable) this.sound = found
      else this.problem = new Problem('sound_not_allowed', '')
    } catch (error) {
      this.problem = Problem.from(error)
    }
  }

  async start(): Promise<void> {
    if (!this.file) return
    this.phase = 'uploading'
    this.problem = null
    this.#progressAt = performance.now()
    this.#speed = new Speed()
    remember('upload.file', this.file.name)
    remember('upload.caption', this.caption)
    remember('upload.sound', this.sound?.id ?? null)
    this.#transfer = new Transfer(this.file, this.caption.trim(), this.visibility, this.sound?.id ?? null, this.effect?.id ?? null, {
      progress: (sent, total) => this.#progress(sent, total),
      done: (id) => this.#process(id),
      failed: (problem) => {
        this.problem = problem
        this.phase = 'paused'
      },
    })
    try {
      this.resumed = await this.#transfer.start()
    } catch (error) {
      this.problem = Problem.from(error)
      this.phase = 'paused'
    }
  }

  async pause(): Promise<void> {
    this.phase = 'paused'
    await this.#transfer?.pause()
  }
  resume(): void {
    this.problem = null
    this.phase = 'uploading'
    this.#progressAt = performance.now()
    this.#speed = new Speed()
    this.#transfer?.resume()
  }
  async discard(): Promise<void> {
    const transfer = this.#transfer
    this.clear()
    this.sound = null
    this.forget()
    await transfer?.discard().catch(() => undefined)
  }
  forget(): void {
    this.interrupted = null
    remember('upload.file', null)
    remember('upload.caption', null)
    remember('upload.sound', null)
  }

  clear(): void {
    clearTimeout(this.#timer)
    if (this.preview) URL.revokeObjectURL(this.preview)
    remember('upload.video', null)
    this.#transfer = null
    this.file = this.effect = null
    this.preview = this.caption = ''
    this.visibility = 'public'
    this.products = []
    this.sent = this.total = this.bytesPerSecond = 0
    this.resumed = this.waiting = false
    this.problem = null
    this.video = null
    this.phase = 'empty'
  }

  /** Speed and time left are true only while something arrives. */
  #look(): void {
    if (this.sent < this.total && performance.now() - this.#progressAt > SILENT_MS) this.#wait()
  }
  #wait(): void {
    if (this.phase !== 'uploading') return
    this.waiting = true
    this.bytesPerSecond = 0
    this.#speed = new Speed()
  }

  #progress(sent: number, total: number): void {
    if (sent !== this.sent) {
      this.#progressAt = performance.now()
      this.waiting = false
    }
    this.sent = sent
    this.total = total
    this.#speed.add(performance.now(), sent)
    this.bytesPerSecond = this.#speed.bytesPerSecond
  }

  #process(id: string): void {
    this.forget()
    this.sound = null
    this.phase = 'processing'
    remember('upload.video', id)
    if (this.products.length) void tag(id, this.products).catch((error: unknown) => toasts.problem(error))
    void this.#poll(id)
  }

  async #poll(id: string): Promise<void> {
    let wait = document.hidden ? POLL_SLOW_MS : POLL_MS
    try {
      const video = await readVideo(id)
      if (this.phase !== 'processing') return
      this.problem = null
      this.video = video
      if (video.state !== 'processing') {
        this.phase = video.state
        remember('upload.video', null)
        return
      }
    } catch (error) {
      const problem = Problem.from(error)
      if (problem.status === 404 || problem.status === 401 || problem.status === 403) return this.clear()
      this.problem = problem
      wait = POLL_SLOW_MS
    }
    this.#timer = window.setTimeout(() => void this.#poll(id), wait)
  }
}

export const upload = new UploadState()
