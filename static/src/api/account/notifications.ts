import { send, type Answer, type Body, type Item } from '../operation'

export type Notification = Item<'/api/notifications'>
export type NotificationKind = Notification['kind']
export type InboxSettings = Answer<'get', '/api/notifications/settings'>
export type Switch = InboxSettings['kinds'][string]
type Subscription = Body<'put', '/api/notifications/push'>

/** In the order in which the inbox offers them. */
export const KINDS: readonly NotificationKind[] = ['like', 'comment', 'mention', 'follow', 'gift', 'live', 'payout', 'agreement', 'challenge', 'order', 'sale', 'return']

export const notifications = (kind: NotificationKind | null, cursor: string | null) =>
  send('get', '/api/notifications', { query: { kind, cursor } })
export const markRead = (until: number) => send('put', '/api/notifications/read', { body: { until } })
export const inboxSettings = () => send('get', '/api/notifications/settings')
export const setSwitch = (kind: NotificationKind, value: Switch) =>
  send('put', '/api/notifications/settings', { body: { kinds: { [kind]: value } } })
export const subscribe = (subscription: Subscription) => send('put', '/api/notifications/push', { body: subscription })
export const unsubscribe = (endpoint: string) => send('delete', '/api/notifications/push', { body: { endpoint } })

/** Tells of every change of the inbox. */
export function openInbox(): WebSocket {
  const url = new URL('/api/notifications/live', location.href)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  return new WebSocket(url)
}
