/** Rates of a stream that is sent, from two readings of its peer connection's counters. */
export interface Sample {
  /** bit/s, of all qualities together */
  bitrate: number
  /** Of the best quality, as are width and height. */
  framesPerSecond: number
  /** share of packets lost, 0 to 1 */
  loss: number
  roundTripMs: number
  width: number
  height: number
  /** What limits the encoder, if anything. */
  limit: Limit
  /** Each quality that is sent, best first. */
  layers: LayerSample[]
}
export interface LayerSample {
  rid: string
  width: number
  height: number
  bitrate: number
  framesPerSecond: number
}
export type Limit = 'none' | 'cpu' | 'bandwidth' | 'unknown'
export interface Counters {
  at: number
  bytes: number
  packets: number
  lost: number
  roundTripMs: number
  limit: Limit
  layers: LayerCounters[]
}
interface LayerCounters {
  rid: string
  bytes: number
  frames: number
  width: number
  height: number
}
export type Verdict = 'good' | 'fair' | 'bad'

interface SentStats {
  type: string
  kind?: string
  timestamp: number
  rid?: string
  active?: boolean
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
  const sum: Counters = { at: 0, bytes: 0, packets: 0, lost: 0, roundTripMs: 0, limit: 'unknown', layers: [] }
  const limits = new Set<Limit>()
  for (const [, entry] of report) {
    if (entry.type === 'outbound-rtp') {
      sum.at = Math.max(sum.at, entry.timestamp)
      sum.bytes += entry.bytesSent ?? 0
      sum.packets += entry.packetsSent ?? 0
      if (entry.kind !== 'video') continue
      sum.layers.push({ rid: entry.rid ?? '', bytes: entry.bytesSent ?? 0, frames: entry.framesSent ?? 0, width: entry.frameWidth ?? 0, height: entry.frameHeight ?? 0 })
      // A paused encoding keeps its last reason for ever.
      if (entry.active !== false && entry.qualityLimitationReason) limits.add(limitOf(entry.qualityLimitationReason))
    } else if (entry.type === 'remote-inbound-rtp') {
      sum.lost += Math.max(0, entry.packetsLost ?? 0)
      sum.roundTripMs = Math.max(sum.roundTripMs, (entry.roundTripTime ?? 0) * 1000)
    }
  }
  sum.limit = GRAVITY.find((limit) => limits.has(limit)) ?? 'unknown'
  return sum
}

const GRAVITY: Limit[] = ['cpu', 'bandwidth', 'none']
const limitOf = (reason: string): Limit => (reason === 'none' || reason === 'cpu' || reason === 'bandwidth' ? reason : 'unknown')

/** Null until there are two readings of one session. A new session counts from zero. */
export function sample(before: Counters | null, now: Counters): Sample | null {
  if (!before || now.at <= before.at || now.bytes < before.bytes) return null
  const seconds = (now.at - before.at) / 1000
  const sent = now.packets - before.packets
  const lost = Math.max(0, now.lost - before.lost)
  const layers = now.layers.flatMap((layer) => layerSample(before, layer, seconds)).sort((a, b) => b.width * b.height - a.width * a.height)
  const best = layers[0]
  return {
    bitrate: ((now.bytes - before.bytes) * 8) / seconds,
    framesPerSecond: best?.framesPerSecond ?? 0,
    loss: sent > 0 ? Math.min(1, lost / sent) : 0,
    roundTripMs: now.roundTripMs,
    width: best?.width ?? 0,
    height: best?.height ?? 0,
    limit: now.limit,
    layers,
  }
}

/** Empty for an encoding that is paused: it keeps its size, but its counters stand still. */
function layerSample(before: Counters, now: LayerCounters, seconds: number): LayerSample[] {
  const then = before.layers.find((layer) => layer.rid === now.rid)
  const bytes = now.bytes - (then?.bytes ?? 0)
  const frames = now.frames - (then?.frames ?? 0)
  if (bytes <= 0 || frames <= 0) return []
  return [{ rid: now.rid, width: now.width, height: now.height, bitrate: (bytes * 8) / seconds, framesPerSecond: frames / seconds }]
}

/** The encoder has been limited by the CPU for so long that it will not recover by itself. */
export function overworked(samples: readonly Sample[]): boolean {
  const recent = samples.slice(-OVERWORKED_SAMPLES)
  return recent.length === OVERWORKED_SAMPLES && recent.every((one) => one.limit === 'cpu')
}
const OVERWORKED_SAMPLES = 10

/** A still picture needs few bits, so a low bitrate is bad only where the network limits it. */
export function bitrateVerdict(bitrate: number, target: number, limit: Limit): Verdict {
  if (bitrate < 50_000) return 'bad'
  if (limit === 'none' || bitrate > target * 0.5) return 'good'
  if (limit === 'unknown') return bitrate > target * 0.1 ? 'good' : 'fair'
  return bitrate > target * 0.15 ? 'fair' : 'bad'
}
export const framesVerdict = (framesPerSecond: number): Verdict => (framesPerSecond >= 18 ? 'good' : framesPerSecond >= 10 ? 'fair' : 'bad')
export const lossVerdict = (loss: number): Verdict => (loss < 0.02 ? 'good' : loss < 0.06 ? 'fair' : 'bad')
export const roundTripVerdict = (ms: number): Verdict => (ms < 200 ? 'good' : ms < 500 ? 'fair' : 'bad')

const ORDER: Verdict[] = ['good', 'fair', 'bad']
export const worst = (verdicts: Verdict[]): Verdict => ORDER[Math.max(0, ...verdicts.map((verdict) => ORDER.indexOf(verdict)))] ?? 'good'
