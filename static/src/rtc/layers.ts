/** The qualities one picture is sent in (simulcast), and the ones a viewer can have. */

/** What the streamer wants: several where camera and machine allow it, or one. */
export type Qualities = 'auto' | 'one'
/** What a viewer wants: whatever fits, or at most this many lines (the shorter side of the picture). */
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
  /** A screen: fewer qualities, because small letters are of no use. */
  detail: boolean
  cores: number
}

export const CORES_MIN = 4
const SIDE_PX_MIN = 480
/** Chromium sends three of its own accord only from this many pixels on, and leaves out the best when there are fewer. */
const THREE_PX_MIN = 960 * 540
/** Best first: how much smaller, and which share of the bits. */
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

/** Smallest first: browsers that cannot do them all leave out the last ones. A single one has no name. */
export function encodings(picture: Picture): Partial<Encoding>[] {
  const count = layersFor(picture)
  if (count === 1) return [{ maxBitrate: picture.target }]
  return SHARES[count]
    .map(([scale, share], index) => ({ rid: RIDS[index]!, scaleResolutionDownBy: scale, maxBitrate: Math.round(picture.target * share) }))
    .reverse()
}

/**
 * Fits what a session agreed on to another picture (or another wish): how many there are cannot change any more.
 * One alone is always the best of them, so that whoever watches it notices nothing.
 */
export function fit<E extends RTCRtpEncodingParameters>(agreed: E[], picture: Picture): E[] {
  const { width, height, target } = picture
  const count = Math.min(layersFor(picture), agreed.length) as 1 | 2 | 3
  // Where a picture is too small for all of them, Chromium would leave out the last ones, so the first must do.
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

/** "720" of a 720p picture, whichever way it is held; 0 when nobody knows. */
export const lines = ({ width, height }: Sized): number => (width && height ? Math.min(width, height) : (height ?? 0))

/** The best of what a viewer may have; where all are larger, the smallest. */
export function pickLayer<L extends Sized>(layers: readonly L[], preferred: Preferred): L | null {
  if (preferred === 'auto' || layers.length === 0) return null
  const bySize = layers.toSorted((a, b) => lines(b) - lines(a))
  return bySize.find((layer) => lines(layer) <= preferred) ?? bySize.at(-1) ?? null
}
