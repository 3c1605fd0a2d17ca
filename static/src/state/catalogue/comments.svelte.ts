/** The comments of one video: threads, likes, the pin, and the comment that a link leads to. */
import { SvelteMap } from 'svelte/reactivity'
import * as api from '../../api/catalogue/comments'
import type { Comment, CommentSort } from '../../api/catalogue/comments'
import type { VideoFields } from '../../api/videos'
import { i18n } from '../../i18n/index.svelte'
import { session } from '../people/session.svelte'
import { Paged } from '../site/list.svelte'
import { toasts } from '../site/toasts.svelte'
import { unseen } from './unseen'

export class CommentsState {
  sort = $state<CommentSort>('top')
  list = $state.raw<Paged<Comment>>(this.#paged())
  /** The replies of threads that are open, by the comment that began them. */
  readonly threads = new SvelteMap<string, Paged<Comment>>()
  /** Whom the next comment answers. */
  replyTo = $state.raw<Comment | null>(null)
  /** The thread that a link leads to, above the others, and the comment in it. */
  linked = $state<Comment | null>(null)
  marked = $state('')

  constructor(readonly video: VideoFields) {}

  #paged(): Paged<Comment> {
    const list: Paged<Comment> = new Paged(async (cursor) => {
      const page = await api.comments(this.video.id, this.sort, cursor)
      return { items: unseen(this.linked ? [this.linked, ...list.items] : list.items, page.items), next: page.next }
    })
    return list
  }

  /** Loads the comment of a link, and opens its thread. */
  async follow(id: string): Promise<void> {
    try {
      const comment = await api.comment(this.video.id, id)
      this.linked = comment.parent ? await api.comment(this.video.id, comment.parent) : comment
      this.marked = comment.id
      const top = this.linked.id
      this.list.items = this.list.items.filter((one) => one.id !== top)
      if (comment.parent) this.open(this.linked)
    } catch (error) {
      toasts.problem(error)
    }
  }

  sortBy(sort: CommentSort): void {
    if (sort === this.sort) return
    this.sort = sort
    this.linked = null
    this.list = this.#paged()
  }

  /** Shows a thread's replies. */
  open(top: Comment): Paged<Comment> {
    let thread = this.threads.get(top.id)
    if (!thread) {
      const made: Paged<Comment> = new Paged(async (cursor) => {
        const page = await api.replies(this.video.id, top.id, cursor)
        return { items: unseen(made.items, page.items), next: page.next }
      })
      thread = made
      this.threads.set(top.id, thread)
      void thread.more()
    }
    return thread
  }
  close(top: Comment): void {
    this.threads.delete(top.id)
  }

  /** Returns whether it is there now. */
  async send(text: string): Promise<boolean> {
    try {
      const answered = this.replyTo
      const comment = await api.addComment(this.video.id, text, answered?.id ?? null)
      this.video.comments += 1
      this.replyTo = null
      if (comment.parent) this.#addReply(comment)
      else this.list.items.splice(this.list.items[0]?.pinned ? 1 : 0, 0, comment)
      return true
    } catch (error) {
      toasts.problem(error)
      return false
    }
  }
  #addReply(reply: Comment): void {
    const top = this.#tops.find((one) => one.id === reply.parent)
    if (!top) return
    top.replies += 1
    const thread = this.open(top)
    thread.items = [...thread.items, ...unseen(thread.items, [reply])]
  }

  /** Shown at once and undone if the server refuses. */
  async like(comment: Comment, on: boolean): Promise<void> {
    if (comment.liked === on || !session.allows('like')) return
    const before = { liked: comment.liked, likes: comment.likes, liked_by_creator: comment.liked_by_creator }
    comment.liked = on
    comment.likes = Math.max(0, comment.likes + (on ? 1 : -1))
    if (session.me?.id === this.video.by.id) comment.liked_by_creator = on
    try {
      Object.assign(comment, await api.likeComment(this.video.id, comment.id, on))
    } catch (error) {
      Object.assign(comment, before)
      toasts.problem(error)
    }
  }

  /** One comment is pinned at most. Shown at once and undone if the server refuses. */
  async pin(comment: Comment, on: boolean): Promise<void> {
    const before = this.#tops.filter((one) => one.pinned)
    for (const one of before) one.pinned = false
    comment.pinned = on
    if (on && this.linked?.id !== comment.id) this.list.items = [comment, ...this.list.items.filter((one) => one.id !== comment.id)]
    try {
      await api.pinComment(this.video.id, comment.id, on)
      toasts.say(on ? i18n.t.threads.pinnedNow : i18n.t.threads.unpinnedNow)
    } catch (error) {
      comment.pinned = false
      for (const one of before) one.pinned = true
      toasts.problem(error)
    }
  }

  async remove(comment: Comment): Promise<void> {
    try {
      await api.removeComment(this.video.id, comment.id)
    } catch (error) {
      toasts.problem(error)
      return
    }
    this.video.comments = Math.max(0, this.video.comments - 1 - comment.replies)
    if (this.replyTo?.id === comment.id) this.replyTo = null
    if (comment.parent) {
      const top = this.#tops.find((one) => one.id === comment.parent)
      const thread = this.threads.get(comment.parent)
      if (top) top.replies = Math.max(0, top.replies - 1)
      if (thread) thread.items = thread.items.filter((one) => one.id !== comment.id)
    } else if (this.linked?.id === comment.id) this.linked = null
    else this.list.items = this.list.items.filter((one) => one.id !== comment.id)
    toasts.say(i18n.t.comments.removed)
  }

  get #tops(): Comment[] {
    return this.linked ? [this.linked, ...this.list.items] : this.list.items
  }
}
