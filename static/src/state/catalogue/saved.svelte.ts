/** The saved videos and the collections of the person who is signed in. */
import * as api from '../../api/catalogue/library'
import type { Collection, SavedVideo } from '../../api/catalogue/library'
import { i18n } from '../../i18n/index.svelte'
import { Paged } from '../site/list.svelte'
import { toasts } from '../site/toasts.svelte'

export class SavedState {
  collections = $state<Collection[]>([])
  readonly list: Paged<SavedVideo>

  /** `collection`: only what is in it; null for everything. */
  constructor(readonly collection: string | null) {
    this.list = new Paged((cursor) => api.saved(collection, cursor))
  }

  async open(): Promise<void> {
    await Promise.all([this.list.items.length ? null : this.list.more(), this.#readCollections()])
  }
  async #readCollections(): Promise<void> {
    try {
      this.collections = (await api.collections()).items
    } catch (error) {
      toasts.problem(error)
    }
  }

  async create(name: string): Promise<Collection> {
    const made = await api.createCollection(name)
    await this.#readCollections()
    return made
  }
  async rename(collection: string, name: string): Promise<void> {
    await api.renameCollection(collection, name)
    await this.#readCollections()
  }
  async removeCollection(collection: string): Promise<void> {
    await api.removeCollection(collection)
    toasts.say(i18n.t.saved.deleted)
    await this.#readCollections()
  }

  /** Shown at once and undone if the server refuses. */
  async move(video: SavedVideo, collection: string | null): Promise<void> {
    const before = video.collection
    const items = this.list.items
    video.collection = collection
    if (this.collection !== null && collection !== this.collection) this.list.items = items.filter((one) => one.id !== video.id)
    try {
      await api.move(video.id, collection)
      toasts.say(i18n.t.saved.moved)
    } catch (error) {
      video.collection = before
      this.list.items = items
      toasts.problem(error)
    }
    await this.#readCollections()
  }

  /** Shown at once and undone if the server refuses. */
  async remove(video: SavedVideo): Promise<void> {
    const items = this.list.items
    this.list.items = items.filter((one) => one.id !== video.id)
    try {
      await api.save(video.id, false)
      toasts.say(i18n.t.saved.removed)
    } catch (error) {
      this.list.items = items
      toasts.problem(error)
    }
    await this.#readCollections()
  }
}
