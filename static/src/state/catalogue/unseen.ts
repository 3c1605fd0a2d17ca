import type { Comment } from '../../api/catalogue/comments'

/** Those of a page that are not there yet: comments move between pages while they are liked. Pure. */
export function unseen(seen: readonly Comment[], page: readonly Comment[]): Comment[] {
  const ids = new Set(seen.map((comment) => comment.id))
  return page.filter((comment) => !ids.has(comment.id) && ids.add(comment.id))
}
