import { send, type Item } from '../operation'

export type Comment = Item<'/api/videos/{video}/comments'>
export type CommentSort = 'newest' | 'top'

const at = (video: string, comment: string) => ({ path: { video, comment } })

export const comments = (video: string, sort: CommentSort, cursor: string | null) =>
  send('get', '/api/videos/{video}/comments', { path: { video }, query: { sort, cursor } })
export const replies = (video: string, comment: string, cursor: string | null) =>
  send('get', '/api/videos/{video}/comments/{comment}/replies', { ...at(video, comment), query: { cursor } })
export const comment = (video: string, id: string) => send('get', '/api/videos/{video}/comments/{comment}', at(video, id))
export const addComment = (video: string, text: string, reply_to: string | null) =>
  send('post', '/api/videos/{video}/comments', { path: { video }, body: { text, reply_to } })
export const removeComment = (video: string, id: string) => send('delete', '/api/videos/{video}/comments/{comment}', at(video, id))
export const likeComment = (video: string, id: string, on: boolean) =>
  send(on ? 'put' : 'delete', '/api/videos/{video}/comments/{comment}/like', at(video, id))
export const pinComment = (video: string, id: string, on: boolean) =>
  send(on ? 'put' : 'delete', '/api/videos/{video}/comments/{comment}/pin', at(video, id))
