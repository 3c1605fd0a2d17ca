/** Where stickers are at a moment. Positions are pixels from the top left; turns are radians, clockwise. */
import { COPIES_MAX, type Sticker } from './effect'
import type { Face } from './face/face'

export interface Placed {
  x: number
  y: number
  width: number
  height: number
  turn: number
}

const TURN = 2 * Math.PI
const SWAY_SECONDS = 4

/** `face` is null where none is seen: what sits on it is not drawn then. */
export function placed(sticker: Sticker, width: number, height: number, seconds: number, face: Face | null = null): Placed[] {
  if (sticker.face) return face ? [worn(sticker, face)] : []
  const size = sticker.width * Math.min(width, height)
  const shape = { width: size, height: (size * sticker.view[1]) / sticker.view[0] }
  const one = sticker.place && { ...shape, x: sticker.place.x * width, y: sticker.place.y * height, turn: swaying(sticker.place, seconds) }
  const falling = Array.from({ length: Math.min(sticker.rain?.count ?? 0, COPIES_MAX) }, (_, n) => fallen(shape, n, width, height, seconds / sticker.rain!.seconds))
  return one ? [one, ...falling] : falling
}

function worn({ view, width, face: spot }: Sticker, face: Face): Placed {
  const { at, x = 0, y = 0 } = spot!
  const [cos, sin] = [Math.cos(face.turn) * face.width, Math.sin(face.turn) * face.width]
  const size = width * face.width
  return { x: face[at].x + x * cos - y * sin, y: face[at].y + x * sin + y * cos, width: size, height: (size * view[1]) / view[0], turn: face.turn }
}

function swaying({ turn = 0, swayDegrees = 0, swaySeconds = SWAY_SECONDS }: NonNullable<Sticker['place']>, seconds: number): number {
  return ((turn + swayDegrees * Math.sin((TURN * seconds) / swaySeconds)) * Math.PI) / 180
}

/** Each copy has its own column, pace, size and turn, the same at every moment: nothing is remembered between pictures. */
function fallen(shape: { width: number; height: number }, number: number, width: number, height: number, time: number): Placed {
  const [across, start, pace, size] = [1, 2, 3, 4].map((salt) => chance(number, salt)) as [number, number, number, number]
  const scale = 0.5 + 0.5 * size
  const fall = (start + time * (0.6 + 0.8 * pace)) % 1
  return {
    x: (across + 0.03 * Math.sin(TURN * (fall * 2 + start))) * width,
    y: fall * (height + 2 * shape.height) - shape.height,
    width: shape.width * scale,
    height: shape.height * scale,
    turn: 0.5 * Math.sin(TURN * (time + start)),
  }
}

/** A number from 0 to 1 that looks random and is always the same for the same two. */
function chance(number: number, salt: number): number {
  const value = Math.sin(number * 127.1 + salt * 311.7) * 43758.5453
  return value - Math.floor(value)
}
