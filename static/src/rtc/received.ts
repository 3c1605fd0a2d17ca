/** Rates of a stream that is watched, from two readings of its peer connection's counters. */
export interface Reception {
  /** bit/s */
  bitrate: number
  framesPerSecond: number
  /** share of packets lost, 0 to 1 */
  loss: number
  /** How long frames wait in the jitter buffer. */
  bufferMs: number
  roundTripMs: number
  width: number
  height: number
  codec: string
}
export interface ReceivedCounters {
  at: number
  bytes: number
  packets: number
  lost: number
  frames: number
  /** Total time that the picture was frozen. */
  frozenS: number
  /** NACKs sent. */
  nacks: number
  jitterMs: number
  bufferedS: number
  buffered: number
  roundTripMs: number
  width: number
  height: number
  codec: string
}
interface ReceivedStats {
  id?: string
  type: string
  kind?: string
  timestamp: number
  bytesReceived?: number
  packetsReceived?: number
  packetsLost?: number
  framesDecoded?: number
  totalFreezesDuration?: number
  nackCount?: number
  jitter?: number
  frameWidth?: number
  frameHeight?: number
  jitterBufferDelay?: number
  jitterBufferEmittedCount?: number
  codecId?: string
  mimeType?: string
  nominated?: boolean
  state?: string
  currentRoundTripTime?: number
}

export function receivedCounters(report: Iterable<[string, ReceivedStats]>): ReceivedCounters {
  const sum: ReceivedCounters = { at: 0, bytes: 0, packets: 0, lost: 0, frames: 0, frozenS: 0, nacks: 0, jitterMs: 0, bufferedS: 0, buffered: 0, roundTripMs: 0, width: 0, height: 0, codec: '' }
  const types = new Map<string, string>()
  let codec: string | undefined
  for (const [id, entry] of report) {
    if (entry.type === 'codec') types.set(id, entry.mimeType ?? '')
    else if (entry.type === 'candidate-pair' && entry.nominated && entry.state !== 'failed') sum.roundTripMs = (entry.currentRoundTripTime ?? 0) * 1000
    if (entry.type !== 'inbound-rtp') continue
    sum.at = Math.max(sum.at, entry.timestamp)
    sum.bytes += entry.bytesReceived ?? 0
    sum.packets += entry.packetsReceived ?? 0
    sum.lost += entry.packetsLost ?? 0
    if (entry.kind !== 'video') continue
    sum.frames = entry.framesDecoded ?? 0
    sum.frozenS = entry.totalFreezesDuration ?? 0
    sum.nacks = entry.nackCount ?? 0
    sum.jitterMs = (entry.jitter ?? 0) * 1000
    sum.width = entry.frameWidth ?? 0
    sum.height = entry.frameHeight ?? 0
    sum.bufferedS = entry.jitterBufferDelay ?? 0
    sum.buffered = entry.jitterBufferEmittedCount ?? 0
    codec = entry.codecId
  }
  sum.codec = types.get(codec ?? '')?.split('/')[1] ?? ''
  return sum
}

/** Null until there are two readings of one session. */
export function reception(before: ReceivedCounters | null, now: ReceivedCounters): Reception | null {
  if (!before || now.at <= before.at || now.bytes < before.bytes) return null
  const seconds = (now.at - before.at) / 1000
  const lost = Math.max(0, now.lost - before.lost)
  const came = Math.max(0, now.packets - before.packets)
  const shown = now.buffered - before.buffered
  return {
    bitrate: ((now.bytes - before.bytes) * 8) / seconds,
    framesPerSecond: Math.max(0, now.frames - before.frames) / seconds,
    loss: lost + came > 0 ? lost / (lost + came) : 0,
    bufferMs: shown > 0 ? ((now.bufferedS - before.bufferedS) / shown) * 1000 : 0,
    roundTripMs: now.roundTripMs,
    width: now.width,
    height: now.height,
    codec: now.codec,
  }
}
