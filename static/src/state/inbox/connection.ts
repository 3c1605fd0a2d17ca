/** The connection that tells of changes of the inbox. Reconnects by itself until the person is signed out. */
import { SIGNED_OUT } from '../../api/http'
import { openInbox } from '../../api/account/notifications'
import { Backoff } from '../../wire/backoff'

const SESSION_OVER = 4001
/** A server that refuses, or a person with very many tabs. */
const LATER_MS = 60_000
const REFUSED = 1008

interface State {
  type: string
  unread: number
  version: number
}

/** Calls `changed` at once and after every change, until the returned function is called. */
export function listen(changed: (unread: number, version: number) => void): () => void {
  const backoff = new Backoff()
  let socket: WebSocket | null = null
  let retry = 0

  function connect(): void {
    clearTimeout(retry)
    const opened = openInbox()
    socket = opened
    opened.onmessage = (message) => {
      backoff.reset()
      const state = understood(message.data)
      if (state && socket === opened) changed(state.unread, state.version)
    }
    opened.onclose = ({ code }) => {
      if (socket !== opened) return
      socket = null
      if (code === SESSION_OVER) dispatchEvent(new Event(SIGNED_OUT))
      else retry = window.setTimeout(connect, code === REFUSED ? LATER_MS : backoff.next())
    }
  }
  const reconnect = () => {
    if (!socket) connect()
  }
  /** The device has lost its network. The socket would notice only after a minute of silence. */
  const offline = () => {
    const lost = socket
    if (!lost) return
    socket = null
    lost.close()
    clearTimeout(retry)
  }

  addEventListener('online', reconnect)
  addEventListener('offline', offline)
  connect()
  return () => {
    removeEventListener('online', reconnect)
    removeEventListener('offline', offline)
    clearTimeout(retry)
    const last = socket
    socket = null
    last?.close(1000)
  }
}

function understood(data: unknown): State | null {
  try {
    const state = JSON.parse(String(data)) as State
    return state.type === 'state' ? state : null
  } catch {
    return null
  }
}
