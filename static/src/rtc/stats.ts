/** Rates of what is being sent, from two readings of the same peer's counters. */
export interface Sample {
  /** bit/s */
  bitrate: number
  framesPerSecond: number
  /** share of packets lost on the way, 0 to 1 */
  loss: number
  roundTripMs: number
  width: number
  height: number
  /** What keeps the encoder below its target, if anything. */
  limit: Limit
}
export type Limit = 'none' | 'cpu' | 'bandwidth' | 'unknown'
export interface Counters {
  at: number
  bytes: number
  frames: number
  packets: number
  lost: number
  roundTripMs: number
  width: number
  height: number
  limit: Limit
}
export type Verdict = 'good' | 'fair' | 'bad'

interface SentStats {
  type: string
  kind?: string
  timestamp: number
  bytesSent?: number
  framesSent?: number
  packetsSent?: number
  packetsLost?: number
  roundTripTime?: number
  frameWidth?: number
  frameHeight?: number
  qualityLimitationReason?: string
}

export function counters(report: Iterable<[string, SentStats]>): Counters {
  const sum: Counters = { at: 0, bytes: 0, frames: 0, packets: 0, lost: 0, roundTripMs: 0, width: 0, height: 0, limit: 'unknown' }
  for (const [, entry] of report) {
    if (entry.type === 'outbound-rtp') {
      sum.at = Math.max(sum.at, entry.timestamp)
      sum.bytes += entry.bytesSent ?? 0
      sum.packets += entry.packetsSent ?? 0
      sum.frames += entry.framesSent ?? 0
      sum.width = Math.max(sum.width, entry.frameWidth ?? 0)
      sum.height = Math.max(sum.height, entry.frameHeight ?? 0)
      if (entry.qualityLimitationReason) sum.limit = limitOf(entry.qualityLimitationReason)
    } else if (entry.type === 'remote-inbound-rtp') {
      sum.lost += Math.max(0, entry.packetsLost ?? 0)
      sum.roundTripMs = Math.max(sum.roundTripMs, (entry.roundTripTime ?? 0) * 1000)
    }
  }
  return sum
}

const limitOf = (reason: string): Limit => (reason === 'none' || reason === 'cpu' || reason === 'bandwidth' ? reason : 'unknown')

/** Null until two readings of one session are there: a new session counts from zero again. */
export function sample(before: Counters | null, now: Counters): Sample | null {
  if (!before || now.at <= before.at || now.bytes < before.bytes) return null
  const seconds = (now.at - before.at) / 1000
  const sent = now.packets - before.packets
  const lost = Math.max(0, now.lost - before.lost)
  return {
    bitrate: ((now.bytes - before.bytes) * 8) / seconds,
    framesPerSecond: (now.frames - before.frames) / seconds,
    loss: sent > 0 ? Math.min(1, lost / sent) : 0,
    roundTripMs: now.roundTripMs,
    width: now.width,
    height: now.height,
    limit: now.limit,
  }
}

/** A quiet picture needs few bits: only what the line holds back counts against the bitrate. */
export function bitrateVerdict(bitrate: number, target: number, limit: Limit): Verdict {
  if (bitrate < 50_000) return 'bad'
  if (limit === 'none' || bitrate > target * 0.5) return 'good'
  if (limit === 'unknown') return bitrate > target * 0.1 ? 'good' : 'fair'
  return bitrate > target * 0.15 ? 'fair' : 'bad'
}
export const framesVerdict = (framesPerSecond: number): Verdict => (framesPerSecond >= 18 ? 'good' : framesPerSecond >= 10 ? 'fair' : 'bad')
export const lossVerdict = (loss: number): Verdict => (loss < 0.02 ? 'good' : loss < 0.06 ? 'fair' : 'bad')

const ORDER: Verdict[] = ['good', 'fair', 'bad']
export const worst = (verdicts: Verdict[]): Verdict => ORDER[Math.max(0, ...verdicts.map((verdict) => ORDER.indexOf(verdict)))] ?? 'good'
