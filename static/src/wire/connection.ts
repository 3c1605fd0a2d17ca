/** A room's chat. Reconnects by itself, resumes after the last event, fills gaps and resends what was not answered. */
import { openChat } from '../api/chat'
import type { SanctionReason } from '../api/moderation/rooms'
import { Problem } from '../api/problem'
import { roomEvents } from '../api/rooms'
import type { ChatModes } from '../chat/kinds/modes-set'
import { Backoff } from './backoff'
import { isDurable, LIKE_COUNT_MAX, pack, understood, unpack, type Asked, type Gap, type Ok, type ServerEvent } from './messages'
import { Outbox } from './outbox'
import { uuid } from './uuid'

export type Link = 'connecting' | 'open' | 'reconnecting' | 'closed'
export interface RoomCalls {
  event(event: ServerEvent): void
  link(state: Link): void
  /** The host or a moderator has banned this person: the link is closed. */
  banned(): void
}
const LIKES_EVERY_MS = 500
const GAP_MS_MAX = 70_000
const BANNED = 4003
const NO_SUCH_ROOM = 4004
const WRONG_PROTOCOL = 1008
const OFFLINE = 1006

const isGap = (event: ServerEvent): event is Gap => event.type === 'gap'

export class RoomConnection {
  readonly #outbox = new Outbox()
  readonly #backoff = new Backoff()
  #socket: WebSocket | null = null
  #seen: number | null = null
  #link: Link = 'connecting'
  #retry = 0
  #likes = 0
  #likesTimer = 0
  /** While a gap is being read, later events wait here for their turn. */
  #queue: Promise<void> = Promise.resolve()
  /** How many gaps are queued or being read. */
  #gaps = 0

  constructor(
    readonly room: string,
    readonly calls: RoomCalls,
  ) {
    addEventListener('online', this.#reconnectNow)
    addEventListener('offline', this.#offline)
    this.#connect()
  }

  say(text: string, id: string = uuid()): Promise<Ok> {
    return this.#ask({ type: 'say', id, text })
  }
  gift(gift: string, count: number, id: string = uuid()): Promise<Ok> {
    return this.#ask({ type: 'gift', id, gift, count })
  }
  remove(target: number): Promise<Ok> {
    return this.#ask({ type: 'remove', id: uuid(), target })
  }
  mute(person: string, seconds: number, reason: SanctionReason): Promise<Ok> {
    return this.#ask({ type: 'mute', id: uuid(), person, seconds, reason })
  }
  ban(person: string, banned: boolean, reason: SanctionReason): Promise<Ok> {
    return this.#ask({ type: 'ban', id: uuid(), person, banned, reason })
  }
  modes(modes: ChatModes): Promise<Ok> {
    return this.#ask({ type: 'modes', id: uuid(), ...modes })
  }
  goal(goal: string | null): Promise<Ok> {
    return this.#ask({ type: 'goal', id: uuid(), goal })
  }
  effect(effect: string | null): Promise<Ok> {
    return this.#ask({ type: 'effect', id: uuid(), effect })
  }
  /** Likes are counted, not logged: they are sent in batches, and those that wait are lost with the connection. */
  like(): void {
    this.#likes = Math.min(this.#likes + 1, LIKE_COUNT_MAX)
    this.#likesTimer ||= window.setTimeout(() => this.#sendLikes(), LIKES_EVERY_MS)
  }

  close(): void {
    removeEventListener('online', this.#reconnectNow)
    removeEventListener('offline', this.#offline)
    this.#setLink('closed')
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
      if (socket === this.#socket && message.data instanceof ArrayBuffer) this.#onMessage(unpack(message.data))
    }
    socket.onclose = (closed) => {
      if (socket === this.#socket) this.#onClose(closed.code)
    }
  }

  #onClose(code: number): void {
    this.#socket = null
    if (this.#link === 'closed') return
    if (code === BANNED) this.calls.banned()
    if (code === BANNED || code === NO_SUCH_ROOM || code === WRONG_PROTOCOL) {
      this.#setLink('closed')
      this.#outbox.close()
      return
    }
    this.#setLink('reconnecting')
    this.#retry = window.setTimeout(() => this.#connect(), this.#backoff.next())
  }

  /** The device has lost its network. The socket would notice only after a minute of silence. */
  #offline = (): void => {
    const socket = this.#socket
    if (this.#link === 'closed' || !socket) return
    this.#onClose(OFFLINE)
    socket.close()
  }

  #reconnectNow = (): void => {
    if (this.#link !== 'reconnecting' || this.#socket) return
    clearTimeout(this.#retry)
    this.#connect()
  }

  #onMessage(events: ServerEvent[]): void {
    if (this.#gaps === 0 && !events.some(isGap)) {
      for (const event of events) this.#onEvent(event)
      return
    }
    for (const event of events) {
      if (isGap(event)) this.#gaps += 1
      this.#queue = this.#queue.then(() => (isGap(event) ? this.#readGap(event) : this.#onEvent(event)))
    }
  }

  #onEvent(event: ServerEvent): void {
    if (isDurable(event)) {
      if (this.#seen !== null && event.seq <= this.#seen) return
      this.#seen = event.seq
    } else if (event.type === 'welcome') this.#onWelcome()
    else if (event.type === 'ok' || event.type === 'refused') this.#outbox.onAnswer(event)
    if (this.#link !== 'closed') this.calls.event(event)
  }

  #onWelcome(): void {
    this.#backoff.reset()
    this.#setLink('open')
    for (const message of this.#outbox.unanswered()) this.#socket?.send(pack(message))
  }

  /** Reads the events that the server skipped, page by page, and nothing beyond the gap. */
  async #readGap(gap: Gap): Promise<void> {
    const deadline = Date.now() + GAP_MS_MAX
    try {
      let after = Math.max(gap.after, this.#seen ?? gap.after)
      while (after < gap.seq && this.#link !== 'closed' && Date.now() < deadline) {
        const page = await roomEvents(this.room, after)
        const events = understood(page.items).filter(isDurable)
        for (const event of events) if (event.seq <= gap.seq) this.#onEvent(event)
        // Of all events, also those of unknown kinds: a page full of them is not the end.
        const last = page.items.at(-1)
        if (!last || last.seq <= after) break
        after = last.seq
      }
    } catch {
      // The missing part is history. The room goes on with new events.
    } finally {
      this.#gaps -= 1
    }
  }

  #setLink(state: Link): void {
    if (this.#link === state) return
    this.#link = state
    this.calls.link(state)
  }
}
