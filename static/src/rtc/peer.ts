/** Creates the offer without waiting for ICE candidates: the server (ICE-lite) learns our address from our checks. */
export async function offer(peer: RTCPeerConnection): Promise<string> {
  await peer.setLocalDescription()
  return peer.localDescription?.sdp ?? ''
}

/** The offer of a player. It asks for stereo: Chromium mixes Opus down to mono unless its own description has it. */
export async function watchOffer(peer: RTCPeerConnection): Promise<string> {
  const { sdp = '' } = await peer.createOffer()
  await peer.setLocalDescription({ type: 'offer', sdp: inStereo(sdp) })
  return peer.localDescription?.sdp ?? ''
}

/** Adds `stereo=1` (RFC 7587) to the Opus formats that do not say it. */
export function inStereo(sdp: string): string {
  const opus = [...sdp.matchAll(/^a=rtpmap:(\d+) opus\//gim)].map((found) => found[1]!)
  return opus.reduce<string>((text, format) => {
    const line = new RegExp(`^a=fmtp:${format} .*$`, 'm').exec(text)?.[0]
    if (line) return /[ ;]stereo=/.test(line) ? text : text.replace(line, `${line};stereo=1`)
    return text.replace(new RegExp(`^a=rtpmap:${format} .*$`, 'm'), (map) => `${map}\r\na=fmtp:${format} stereo=1`)
  }, sdp)
}

interface Negotiable {
  getHeaderExtensionsToNegotiate?(): { uri: string; direction: string }[]
  setHeaderExtensionsToNegotiate?(extensions: { uri: string; direction: string }[]): void
}

/** Offers the dependency descriptor. Without it the server can forward only the smallest spatial layer of AV1. */
export function offerDependencies(receiving: RTCRtpTransceiver): void {
  const asked = receiving as Negotiable
  const known = asked.getHeaderExtensionsToNegotiate?.() ?? []
  for (const extension of known) if (extension.uri.includes('#dependency-descriptor')) extension.direction = 'sendrecv'
  asked.setHeaderExtensionsToNegotiate?.(known)
}

/** Calls `lost` once: when the peer failed, was closed by the server, or stayed disconnected for `patienceMs`. */
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
  // The server's DTLS close reaches the transport, not the connection's state. We watch the first transceiver's
  // transport: those of bundled media close early.
  const transport = peer.getTransceivers()[0]?.receiver.transport
  const ended = () => transport?.state === 'closed' && lose()
  transport?.addEventListener('statechange', ended)
  // ICE itself would wait half a minute for a connection that never comes.
  timer = window.setTimeout(lose, 12_000)
  peer.addEventListener('connectionstatechange', changed)
  return () => {
    over = true
    clearTimeout(timer)
    peer.removeEventListener('connectionstatechange', changed)
    transport?.removeEventListener('statechange', ended)
  }
}
