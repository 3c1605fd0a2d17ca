/** Somebody drawn, in place of a camera: a preview needs a face, and nobody's. */
import { drawSticker } from '../../../effects/drawing'
import type { Sticker } from '../../../effects/effect'
import type { Face } from '../../../effects/face/face'
import person from './portrait.json'

export const WIDTH_PX = 270
export const HEIGHT_PX = 480
/** Where the drawn face is. */
export const FACE: Face = { width: 116, turn: 0, forehead: { x: 135, y: 148 }, eyes: { x: 135, y: 190 }, nose: { x: 135, y: 214 }, mouth: { x: 135, y: 244 } }

export const portrait = (): HTMLCanvasElement => drawSticker(person as unknown as Sticker)
