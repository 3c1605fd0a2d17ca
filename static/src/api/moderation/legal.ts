import { send, type Answer, type Body } from '../operation'
import type { Category } from './cases'

export type Contacts = Answer<'get', '/api/legal'>
export type NewNotice = Body<'post', '/api/legal/notices'>
export type Received = Answer<'post', '/api/legal/notices'>
export type Receipt = Answer<'post', '/api/legal/receipts'>
export type Order = Answer<'post', '/api/moderation/orders'>
export type NewOrder = Body<'post', '/api/moderation/orders'>

export const contacts = () => send('get', '/api/legal')
export const notify = (notice: NewNotice) => send('post', '/api/legal/notices', { body: notice })
export const receipt = (secret: string) => send('post', '/api/legal/receipts', { body: { secret } })

export const orders = (cursor: string | null) => send('get', '/api/moderation/orders', { query: { cursor } })
export const addOrder = (order: NewOrder) => send('post', '/api/moderation/orders', { body: order })
export const removeOrdered = (order: string, category: Category, reason: string) =>
  send('post', '/api/moderation/orders/{order}/removal', { path: { order }, body: { category, reason } })
export const prolongOrder = (order: string, weeks: number) =>
  send('post', '/api/moderation/orders/{order}/confidentiality', { path: { order }, body: { weeks } })
export const liftOrder = (order: string) => send('delete', '/api/moderation/orders/{order}/confidentiality', { path: { order } })
export const answerOrder = (order: string, outcome: NonNullable<Order['outcome']>, text: string) =>
  send('post', '/api/moderation/orders/{order}/answer', { path: { order }, body: { outcome, text } })
