/** Where a face is in a picture, and what the frame that looks for it says. */

export interface Point {
  x: number
  y: number
}
/** Pixels of the picture; `turn` in radians, clockwise. */
export interface Face {
  width: number
  turn: number
  forehead: Point
  eyes: Point
  nose: Point
  mouth: Point
}
export type Spot = 'forehead' | 'eyes' | 'nose' | 'mouth'

export interface Look {
  picture: ImageBitmap
}
/** `points` are x and y of each landmark, as shares of the picture; null without a face. `ms`: how long it took. */
export type Said = { ready: true } | { failed: string } | { points: Float32Array | null; ms: number }

/** Landmarks of the face mesh by number; left and right as seen in the picture. */
const [TOP, NOSE, LIP_UPPER, LIP_LOWER, EYE_LEFT, EYE_RIGHT, CHEEK_LEFT, CHEEK_RIGHT] = [10, 1, 13, 14, 33, 263, 234, 454] as const
export const LANDMARKS = 468

/** `points` as in `Said`, of a picture of this size. Null if they are not those of a face. */
export function face(points: Float32Array, width: number, height: number): Face | null {
  if (points.length < 2 * LANDMARKS || !points.every(Number.isFinite)) return null
  const at = (landmark: number): Point => ({ x: points[2 * landmark]! * width, y: points[2 * landmark + 1]! * height })
  const middle = (a: Point, b: Point): Point => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 })
  const [left, right] = [at(EYE_LEFT), at(EYE_RIGHT)]
  const [cheek, other] = [at(CHEEK_LEFT), at(CHEEK_RIGHT)]
  return {
    width: Math.hypot(other.x - cheek.x, other.y - cheek.y),
    turn: Math.atan2(right.y - left.y, right.x - left.x),
    forehead: at(TOP),
    eyes: middle(left, right),
    nose: at(NOSE),
    mouth: middle(at(LIP_UPPER), at(LIP_LOWER)),
  }
}
