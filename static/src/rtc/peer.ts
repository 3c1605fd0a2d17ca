/** The offer. It waits for no candidates: the server answers wherever our checks come from. */
export async function offer(peer: RTCPeerConnection): Promise<string> {
  await peer.setLocalDescription()
  return peer.localDescription?.sdp ?? ''
}

interface Negotiable {
  getHeaderExtensionsToNegotiate?(): { uri: string; direction: string }[]
  setHeaderExtensionsToNegotiate?(extensions: { uri: string; direction: string }[]): void
}

/** Offers to be told which frames need which others: without it, of AV1 in several sizes only the smallest can be had. */
export function offerDependencies(receiving: RTCRtpTransceiver): void {
  const asked = receiving as Negotiable
  const known = asked.getHeaderExtensionsToNegotiate?.() ?? []
  for (const extension of known) if (extension.uri.includes('#dependency-descriptor')) extension.direction = 'sendrecv'
  asked.setHeaderExtensionsToNegotiate?.(known)
}

/** Calls `lost` once when the peer has failed, was sent away, or stayed disconnected for `patienceMs`. */
export function watchPeer(peer: RTCPeerConnection, calls: { connected(): void; lost(): void }, patienceMs = 4000): () => void {
  let timer = 0
  let over = false
  const lose = () => {
    if (over) return
    over = true
    calls.lost()
  }
  const changed = () => {
    clearTimeout(timer)
    if (over) return
    if (peer.connectionState === 'connected') calls.connected()
    else if (peer.connectionState === 'failed' || peer.connectionState === 'closed') lose()
    else if (peer.connectionState === 'disconnected') timer = window.setTimeout(lose, patienceMs)
  }
  // When the server says goodbye, only the transport hears it: the connection would go on hoping.
  // The first one's: those of the other media close when they are bundled with it.
  const transport = peer.getTransceivers()[0]?.receiver.transport
  const ended = () => transport?.state === 'closed' && lose()
  transport?.addEventListener('statechange', ended)
  // An answer that never leads to a connection would otherwise wait for ICE's own half minute.
  timer = window.setTimeout(lose, 12_000)
  peer.addEventListener('connectionstatechange', changed)
  return () => {
    over = true
    clearTimeout(timer)
    peer.removeEventListener('connectionstatechange', changed)
    transport?.removeEventListener('statechange', ended)
  }
}
