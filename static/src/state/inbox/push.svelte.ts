/** Push messages to this browser. The person is asked for permission only when they tap. */
import { inboxSettings, subscribe, unsubscribe } from '../../api/account/notifications'
import { i18n } from '../../i18n/index.svelte'
import { recall, remember } from '../site/memory'

/** `blocked`: the person has refused, and only the browser's own settings can undo that. */
export type PushState = 'unknown' | 'unsupported' | 'blocked' | 'off' | 'on'

const WORKER = '/sw.js'

class Push {
  state = $state<PushState>('unknown')
  busy = $state(false)

  async look(): Promise<void> {
    if (!('serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window)) this.state = 'unsupported'
    else if (Notification.permission === 'denied') this.state = 'blocked'
    else this.state = (await this.#current()) && recall('push') === 'on' ? 'on' : 'off'
  }

  /** Asks the browser for permission, so it must be called by a tap. Raises a Problem. */
  async turnOn(): Promise<void> {
    this.busy = true
    try {
      const permission = await Notification.requestPermission()
      if (permission !== 'granted') {
        this.state = permission === 'denied' ? 'blocked' : 'off'
        return
      }
      await this.#subscribe()
      remember('push', 'on')
      this.state = 'on'
    } finally {
      this.busy = false
    }
  }

  async turnOff(): Promise<void> {
    this.busy = true
    try {
      const current = await this.#current()
      if (current) {
        await unsubscribe(current.endpoint)
        await current.unsubscribe()
      }
      remember('push', 'off')
      this.state = 'off'
    } finally {
      this.busy = false
    }
  }

  /** After a new sign-in, or in another language: tells the server again, if this browser is subscribed. */
  async renew(): Promise<void> {
    if (recall('push') !== 'on' || !('Notification' in window) || Notification.permission !== 'granted') return
    await this.#subscribe().catch(() => undefined)
  }

  async #subscribe(): Promise<void> {
    const worker = (await navigator.serviceWorker.getRegistration()) ?? (await navigator.serviceWorker.register(WORKER))
    await navigator.serviceWorker.ready
    const { push_key: key } = await inboxSettings()
    const options = { userVisibleOnly: true, applicationServerKey: key }
    let subscription: PushSubscription
    try {
      subscription = await worker.pushManager.subscribe(options)
    } catch (error) {
      // It was made with another key, by an earlier server at this address.
      const old = await worker.pushManager.getSubscription()
      if (!old) throw error
      await old.unsubscribe()
      subscription = await worker.pushManager.subscribe(options)
    }
    const { p256dh = '', auth = '' } = subscription.toJSON().keys ?? {}
    await subscribe({ endpoint: subscription.endpoint, keys: { p256dh, auth }, language: i18n.language })
  }

  async #current(): Promise<PushSubscription | null> {
    const worker = await navigator.serviceWorker.getRegistration()
    return (await worker?.pushManager.getSubscription()) ?? null
  }
}

export const push = new Push()
