/** The streamer's own room: found when an earlier live left it open, otherwise made with the title of the form. */
import * as rooms from '../../api/rooms'
import { session } from '../people/session.svelte'
import { toasts } from '../site/toasts.svelte'

const SEARCHED_MAX = 20

export class OwnRoom {
  title = $state('')
  /** Null while there is none that is open. */
  room = $state.raw<rooms.Room | null>(null)

  async find(): Promise<void> {
    const handle = session.me?.handle
    if (!handle) return
    const page = await rooms.rooms({ host: handle, limit: SEARCHED_MAX })
    const open = page.items.find((room) => room.state !== 'ended')
    const before = this.room?.id
    this.room = open ? (open.stream_key ? open : await rooms.room(open.id)) : null
    if (this.room && this.room.id !== before) this.title = this.room.title
  }

  /** Whether a program is sending media to it right now. */
  async isPublishing(): Promise<boolean> {
    return this.room?.state === 'live' && (await rooms.health(this.room.id)).publishing
  }

  async open(): Promise<rooms.Room> {
    const title = this.title.trim()
    if (!this.room) this.room = await rooms.openRoom(title || session.me?.name || session.me?.handle || 'Live')
    else if (title && title !== this.room.title) await rooms.retitle(this.room.id, title)
    return this.room
  }

  /** A new stream key; programs with the old one can no longer go live. */
  async renewKey(): Promise<void> {
    const { stream_key } = await rooms.newStreamKey()
    if (this.room) this.room = { ...this.room, stream_key }
  }

  async end(): Promise<void> {
    if (!this.room) return
    try {
      await rooms.endRoom(this.room.id)
      this.room = null
    } catch (error) {
      toasts.problem(error)
    }
  }

  forget(): void {
    this.room = null
    this.title = ''
  }
}
