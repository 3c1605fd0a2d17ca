/** An effect: what happens to a picture before it is sent. Data only, so that nobody's effect can run code. */
import type { Spot } from './face/face'

/** All between -1 and 1 with 0 for "as it is", unless said otherwise. */
export interface Colour {
  brightness?: number
  contrast?: number
  saturation?: number
  /** Towards orange; below 0 towards blue. */
  warmth?: number
  /** Degrees around the colour wheel. */
  hue?: number
  /** 0 to 1 of this colour (#rrggbb) over everything. */
  tint?: { colour: string; share: number }
  /** 0 to 1 */
  vignette?: number
  grain?: number
  /** Smooths areas and keeps edges. */
  soften?: number
}

/** A line around the picture. Lengths are shares of its shorter side. */
export interface Frame {
  colour: string
  width: number
  inset: number
  radius: number
}

export interface Shape {
  /** SVG path data, in the units of the sticker's `view`. */
  path: string
  fill?: string
  stroke?: string
  strokeWidth?: number
}

/** A drawing on the picture: in one place, falling in many copies, or on a face. */
export interface Sticker {
  /** Width and height of the drawing, in its own units. */
  view: [number, number]
  shapes: Shape[]
  /** Drawn instead of the shapes: the picture of a sponsor, from this site's own server. */
  picture?: CanvasImageSource
  /** A share of the picture's shorter side; on a face, of the face's width. */
  width: number
  /** Its middle, as shares of the picture's width and height from the top left, and how it moves there. */
  place?: { x: number; y: number; turn?: number; swayDegrees?: number; swaySeconds?: number }
  /** How many copies fall, and how long one takes from the top to the bottom. */
  rain?: { count: number; seconds: number }
  /** Its middle, moved by so many widths of the face to the right and down, as the face sees it when upright. */
  face?: { at: Spot; x?: number; y?: number }
}

/** Who pays for an effect: named where it is picked, and on everything that is made with it. */
export interface Sponsor {
  name: string
  paidBy: string
}

export interface Effect {
  id: string
  sponsor?: Sponsor
  name: { en: string; fr: string }
  colour?: Colour
  frame?: Frame
  stickers?: Sticker[]
}

export const STICKERS_MAX = 8
export const COPIES_MAX = 40
export const SHAPES_MAX = 32
export const PATH_LENGTH_MAX = 2_000
