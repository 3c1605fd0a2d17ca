export const CHAT_PROTOCOL = 'cadeau.msgpack.v1'

/** Opens a room's chat. `after`: the last event already seen, or null for the recent history. */
export function openChat(room: string, after: number | null): WebSocket {
  const url = new URL(`/chat/${encodeURIComponent(room)}`, location.href)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  if (after !== null) url.searchParams.set('after', String(after))
  const socket = new WebSocket(url, CHAT_PROTOCOL)
  socket.binaryType = 'arraybuffer'
  return socket
}
