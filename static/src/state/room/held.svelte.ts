/** Lines that wait for a moderator: this person's own, and, for who may remove lines, everybody's. */
import * as api from '../../api/moderation/filters'
import type { Pending } from './room.svelte'

/** Also without news: the server's announcements may get lost. */
const AGAIN_MS = 15_000
const MINE_MAX = 20
/** In the tab's own storage: a room in which this person has lines that wait, so that a reload shows them again. */
const NOTED = 'cadeau.held'

export class HeldLines {
  /** What this person wrote, by the id of the message. */
  mine = $state.raw<Pending[]>([])
  /** Oldest first. Only those who may remove lines ask for it. */
  waiting = $state.raw<api.Held[]>([])
  /** What this person has decided: a list that was on its way may still have it. */
  #decided = new Set<string>()
  #watched = false
  #timer = 0

  constructor(readonly room: string) {}

  add(line: Pending): void {
    this.mine = [...this.mine.filter((one) => one.key !== line.key), line].slice(-MINE_MAX)
    sessionStorage.setItem(NOTED, this.room)
  }

  /** After a reload or a pause: which of this person's lines still wait. Asks only where there were any. */
  async restore(person: string): Promise<void> {
    if (!this.mine.length && sessionStorage.getItem(NOTED) !== this.room) return
    try {
      const waiting = (await api.held(this.room)).items.filter((one) => one.by.id === person)
      this.mine = waiting.map((one) => ({ key: one.client_id, text: one.text }))
      if (!waiting.length) sessionStorage.removeItem(NOTED)
    } catch {
      // What is shown stays.
    }
  }

  /** It has been let through: it is a line like others now. */
  said(event: { type: string }): void {
    const id = event.type === 'said' ? (event as { id?: string }).id : undefined
    if (id && this.mine.some((one) => one.key === id)) this.#drop(id)
  }

  /** Returns whether it was this person's. */
  refused(id: string): boolean {
    const mine = this.mine.some((one) => one.key === id)
    this.#drop(id)
    return mine
  }

  /** Keep `waiting` up to date until the returned function is called. */
  watch(): () => void {
    this.#watched = true
    void this.#load()
    return () => this.close()
  }

  close(): void {
    this.#watched = false
    clearTimeout(this.#timer)
  }

  changed(): void {
    if (this.#watched) void this.#load()
  }

  async decide(line: api.Held, through: boolean): Promise<void> {
    this.#decided.add(line.id)
    this.waiting = this.waiting.filter((one) => one.id !== line.id)
    try {
      await (through ? api.release : api.refuse)(this.room, line.id)
    } catch (error) {
      this.#decided.delete(line.id)
      throw error
    } finally {
      this.changed()
    }
  }

  async #load(): Promise<void> {
    clearTimeout(this.#timer)
    try {
      this.waiting = (await api.held(this.room)).items.filter((one) => !this.#decided.has(one.id))
    } catch {
      // The next reading is soon.
    }
    clearTimeout(this.#timer)
    if (this.#watched) this.#timer = window.setTimeout(() => void this.#load(), AGAIN_MS)
  }

  #drop(id: string): void {
    this.mine = this.mine.filter((one) => one.key !== id)
  }
}
