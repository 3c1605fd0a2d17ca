const GATHERING_MS_MAX = 1500

/** The offer with its candidates in it: one request agrees everything, no trickling needed. */
export async function gatheredOffer(peer: RTCPeerConnection): Promise<string> {
  await peer.setLocalDescription()
  if (peer.iceGatheringState !== 'complete') {
    await new Promise<void>((resolve) => {
      const done = () => {
        if (peer.iceGatheringState !== 'complete') return
        clearTimeout(limit)
        resolve()
      }
      const limit = setTimeout(resolve, GATHERING_MS_MAX)
      peer.addEventListener('icegatheringstatechange', done)
    })
  }
  return peer.localDescription?.sdp ?? ''
}

/** Calls `lost` once when the peer has failed, or stayed disconnected for `patienceMs`. */
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
  // An answer that never leads to a connection would otherwise wait for ICE's own half minute.
  timer = window.setTimeout(lose, 12_000)
  peer.addEventListener('connectionstatechange', changed)
  return () => {
    over = true
    clearTimeout(timer)
    peer.removeEventListener('connectionstatechange', changed)
  }
}
