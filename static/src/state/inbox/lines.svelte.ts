/** The lines of the inbox page. Those that were unread when they came stay marked until the page is left. */
import { SvelteSet } from 'svelte/reactivity'
import type { Page } from '../../api/http'
import { markRead, notifications, type Notification, type NotificationKind } from '../../api/account/notifications'
import { Paged } from '../site/list.svelte'

export class Lines {
  kind = $state<NotificationKind | null>(null)
  readonly fresh = new SvelteSet<string>()
  readonly list: Paged<Notification> = new Paged<Notification>(async (cursor) => {
    const page: Page<Notification> = await notifications(this.kind, cursor)
    this.#note(page.items)
    const known = new Set(this.list.items.map((one) => one.id))
    return { items: page.items.filter((one) => !known.has(one.id)), next: page.next }
  })
  #read = 0

  async show(kind: NotificationKind | null): Promise<void> {
    this.kind = kind
    await this.list.reset()
  }

  /** Something has changed: the beginning of the list is read again. What is missing there now is gone. */
  async refresh(): Promise<void> {
    const kind = this.kind
    if (this.list.loading || this.list.problem) return
    const page = await notifications(kind, null)
    if (kind !== this.kind || this.list.loading) return
    this.#note(page.items)
    const known = new Set(page.items.map((one) => one.id))
    const end = page.next ? (page.items.at(-1)?.at ?? 0) : 0
    this.list.items = [...page.items, ...this.list.items.filter((one) => !known.has(one.id) && one.at < end)]
  }

  #note(items: readonly Notification[]): void {
    for (const one of items) if (one.unread) this.fresh.add(one.id)
  }

  /** What is on the screen has been seen: of all kinds, because nobody wants a badge for what they filtered away. */
  async seen(): Promise<void> {
    const latest = Math.max(0, ...this.list.items.map((one) => one.at))
    if (latest <= this.#read || !this.list.items.some((one) => one.unread)) return
    this.#read = latest
    await markRead(latest).catch(() => (this.#read = 0))
  }
}
