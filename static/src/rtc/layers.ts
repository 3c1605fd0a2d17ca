/** Which qualities a publisher sends (simulcast), and which of them a viewer gets. */

/** `auto`: several qualities where camera and machine allow it. */
export type Qualities = 'auto' | 'one'
/** What a viewer prefers: `auto`, or at most this many lines (the shorter side of the picture). */
export type Preferred = 'auto' | number
export interface Encoding {
  rid: string
  scaleResolutionDownBy: number
  maxBitrate: number
}
export interface Picture {
  width: number
  height: number
  /** bit/s for all qualities together */
  target: number
  qualities: Qualities
  /** A shared screen. It gets fewer qualities, because nobody can read text in the smallest. */
  detail: boolean
  cores: number
}

export const CORES_MIN = 4
const SIDE_PX_MIN = 480
/** Below this many pixels Chromium sends at most two layers and drops the last ones in the list. */
const THREE_PX_MIN = 960 * 540
/** Best first: scale factor and share of the bitrate. */
const SHARES = {
  1: [[1, 1]],
  2: [[1, 0.79], [2, 0.21]],
  3: [[1, 0.74], [2, 0.2], [4, 0.06]],
} as const
const RIDS = ['f', 'h', 'q']

export function layersFor({ width, height, qualities, detail, cores }: Picture): 1 | 2 | 3 {
  if (qualities === 'one' || cores < CORES_MIN || Math.min(width, height) < SIDE_PX_MIN) return 1
  return detail || width * height < THREE_PX_MIN ? 2 : 3
}

/** Smallest first: a browser that cannot send them all drops the last ones. A single encoding has no rid. */
export function encodings(picture: Picture): Partial<Encoding>[] {
  const count = layersFor(picture)
  if (count === 1) return [{ maxBitrate: picture.target }]
  return SHARES[count]
    .map(([scale, share], index) => ({ rid: RIDS[index]!, scaleResolutionDownBy: scale, maxBitrate: Math.round(picture.target * share) }))
    .reverse()
}

/**
 * Adapts the encodings of a session to another picture or preference. Their number is fixed by then; some are paused.
 * When only one is left it is the best one, so that its viewers see no change.
 */
export function fit<E extends RTCRtpEncodingParameters>(agreed: E[], picture: Picture): E[] {
  const { width, height, target } = picture
  const count = Math.min(layersFor(picture), agreed.length) as 1 | 2 | 3
  // Chromium drops the last encodings of a small picture, so we use the first ones.
  const first = count === 1 || width * height >= THREE_PX_MIN ? agreed.length - count : 0
  return agreed.map((encoding, index) => {
    const share = SHARES[count][count - 1 - (index - first)]
    if (!share || index < first) return { ...encoding, active: false }
    return { ...encoding, active: true, scaleResolutionDownBy: share[0], maxBitrate: Math.round(target * share[1]) }
  })
}

interface Sized {
  width?: number
  height?: number
}

/** 720 for a 720p picture, portrait or landscape; 0 when the size is unknown. */
export const lines = ({ width, height }: Sized): number => (width && height ? Math.min(width, height) : (height ?? 0))

/** The best layer within the preference, or the smallest where all are larger. Null for `auto`. */
export function pickLayer<L extends Sized>(layers: readonly L[], preferred: Preferred): L | null {
  if (preferred === 'auto' || layers.length === 0) return null
  const bySize = layers.toSorted((a, b) => lines(b) - lines(a))
  return bySize.find((layer) => lines(layer) <= preferred) ?? bySize.at(-1) ?? null
}
