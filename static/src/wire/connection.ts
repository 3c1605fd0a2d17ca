/** A room's chat over sockets that come and go: resumes after the last event, fills gaps, retries what was not answered. */
import { openChat } from '../api/chat'
import { Problem } from '../api/problem'
import { roomEvents } from '../api/rooms'
import { Backoff } from './backoff'
import { isDurable, known, LIKE_COUNT_MAX, pack, unpack, type Asked, type Gap, type Ok, type ServerEvent } from './messages'
import { Outbox } from './outbox'
import { uuid } from './uuid'

export type Link = 'connecting' | 'open' | 'reconnecting' | 'closed'
export interface RoomCalls {
  event(event: ServerEvent): void
  link(state: Link): void
}
const LIKES_EVERY_MS = 500
const QUIET_MS_MAX = 70_000
const NO_SUCH_ROOM = 4004
const WRONG_PROTOCOL = 1008

export class RoomConnection {
  readonly #outbox = new Outbox()
  readonly #backoff = new Backoff()
  #socket: WebSocket | null = null
  #seen: number | null = null
  #link: Link = 'connecting'
  #retry = 0
  #likes = 0
  #likesTimer = 0
  /** Events are handled one after another, also while a gap is being read. */
  #queue: Promise<void> = Promise.resolve()
  #gaps = 0

  constructor(
    readonly room: string,
    readonly calls: RoomCalls,
  ) {
    addEventListener('online', this.#hurry)
    this.#connect()
  }

  say(text: string): Promise<Ok> {
    return this.#ask({ type: 'say', id: uuid(), text })
  }
  gift(gift: string, count: number, id: string = uuid()): Promise<Ok> {
    return this.#ask({ type: 'gift', id, gift, count })
  }
  remove(target: number): Promise<Ok> {
    return this.#ask({ type: 'remove', id: uuid(), target })
  }
  mute(person: string, seconds: number): Promise<Ok> {
    return this.#ask({ type: 'mute', id: uuid(), person, seconds })
  }
  /** Likes are counters, not events: they are batched, and lost if the connection is. */
  like(): void {
    this.#likes = Math.min(this.#likes + 1, LIKE_COUNT_MAX)
    this.#likesTimer ||= window.setTimeout(() => this.#sendLikes(), LIKES_EVERY_MS)
  }

  close(): void {
    removeEventListener('online', this.#hurry)
    this.#turn('closed')
    clearTimeout(this.#retry)
    clearTimeout(this.#likesTimer)
    this.#socket?.close(1000)
    this.#socket = null
    this.#outbox.close()
  }

  #ask(message: Asked): Promise<Ok> {
    if (this.#link === 'closed') return Promise.reject(new Problem('offline', 'the room was left'))
    const answer = this.#outbox.put(message)
    if (this.#link === 'open') this.#socket?.send(pack(message))
    return answer
  }

  #sendLikes(): void {
    this.#likesTimer = 0
    if (this.#likes && this.#link === 'open') this.#socket?.send(pack({ type: 'like', count: this.#likes }))
    this.#likes = 0
  }

  #connect(): void {
    const socket = openChat(this.room, this.#seen)
    this.#socket = socket
    socket.onmessage = (message) => {
      if (socket === this.#socket && message.data instanceof ArrayBuffer) this.#receive(unpack(message.data))
    }
    socket.onclose = (closed) => {
      if (socket === this.#socket) this.#closed(closed.code)
    }
  }

  #closed(code: number): void {
    this.#socket = null
    if (this.#link === 'closed') return
    if (code === NO_SUCH_ROOM || code === WRONG_PROTOCOL) {
      this.#turn('closed')
      this.#outbox.close()
      return
    }
    this.#turn('reconnecting')
    this.#retry = window.setTimeout(() => this.#connect(), this.#backoff.next())
  }

  #hurry = (): void => {
    if (this.#link !== 'reconnecting' || this.#socket) return
    clearTimeout(this.#retry)
    this.#connect()
  }

  #receive(events: ServerEvent[]): void {
    if (this.#gaps === 0 && !events.some((event) => event.type === 'gap')) {
      for (const event of events) this.#handle(event)
      return
    }
    for (const event of events) {
      if (event.type === 'gap') this.#gaps += 1
      this.#queue = this.#queue.then(() => (event.type === 'gap' ? this.#fill(event) : this.#handle(event)))
    }
  }

  #handle(event: ServerEvent): void {
    if (event.type === 'welcome') this.#welcomed()
    if (event.type === 'ok' || event.type === 'refused') this.#outbox.settle(event)
    if (isDurable(event)) {
      if (this.#seen !== null && event.seq <= this.#seen) return
      this.#seen = event.seq
    }
    if (this.#link !== 'closed') this.calls.event(event)
  }

  #welcomed(): void {
    this.#backoff.reset()
    this.#turn('open')
    for (const message of this.#outbox.unanswered()) this.#socket?.send(pack(message))
  }

  /** The server skipped events; a room that moved on by thousands is read in pages, never beyond the gap. */
  async #fill(gap: Gap): Promise<void> {
    const deadline = Date.now() + QUIET_MS_MAX
    try {
      let after = Math.max(gap.after, this.#seen ?? gap.after)
      while (after < gap.seq && this.#link !== 'closed' && Date.now() < deadline) {
        const page = await roomEvents(this.room, after)
        const events = known(page.items).filter(isDurable)
        for (const event of events) if (event.seq <= gap.seq) this.#handle(event)
        const last = events.at(-1)
        if (!last || last.seq <= after) break
        after = last.seq
      }
    } catch {
      // What stays missing is history: the room goes on with what comes now.
    } finally {
      this.#gaps -= 1
    }
  }

  #turn(state: Link): void {
    if (this.#link === state) return
    this.#link = state
    this.calls.link(state)
  }
}
