/** What an effect does to colours, as one matrix for the shader. Colours are red, green, blue, each 0 to 1. */
import type { Colour } from './effect'

/** 4 by 4, column by column as WebGL wants it; the last column is added to every colour. */
export type ColourMatrix = Float32Array

/** The share of each colour in what the eye takes for brightness (ITU-R BT.709). */
const LUMA = [0.2126, 0.7152, 0.0722] as const
const WARMTH_MAX = 0.25
type Rows = number[][]

const identity: Rows = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]

export function colourMatrix({ brightness = 0, contrast = 0, saturation = 0, warmth = 0, hue = 0, tint }: Colour): ColourMatrix {
  const steps = [rotated(hue), saturated(1 + saturation), warmed(warmth * WARMTH_MAX), scaled(1 + contrast, 0.5 - 0.5 * (1 + contrast) + brightness)]
  if (tint) steps.push(tinted(rgb(tint.colour), tint.share))
  const rows = steps.reduce((done, next) => product(next, done), identity)
  return new Float32Array([0, 1, 2, 3].flatMap((column) => rows.map((row) => row[column]!)))
}

/** `#rrggbb` as numbers from 0 to 1. */
export function rgb(code: string): [number, number, number] {
  const value = Number.parseInt(code.slice(1), 16)
  return [(value >> 16) / 255, ((value >> 8) & 255) / 255, (value & 255) / 255]
}

const scaled = (by: number, plus: number): Rows => [[by, 0, 0, plus], [0, by, 0, plus], [0, 0, by, plus], [0, 0, 0, 1]]
const warmed = (by: number): Rows => [[1 + by, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1 - by, 0], [0, 0, 0, 1]]
const tinted = (colour: number[], share: number): Rows => [...[0, 1, 2].map((n) => [0, 1, 2, 3].map((column) => (column === n ? 1 - share : column === 3 ? share * colour[n]! : 0))), [0, 0, 0, 1]]
const saturated = (by: number): Rows => [...[0, 1, 2].map((n) => [...LUMA.map((part, column) => part * (1 - by) + (column === n ? by : 0)), 0]), [0, 0, 0, 1]]

/** Around the axis of the greys, so that greys stay what they are. */
function rotated(degrees: number): Rows {
  const angle = (degrees * Math.PI) / 180
  const [cos, third, side] = [Math.cos(angle), (1 - Math.cos(angle)) / 3, Math.sin(angle) / Math.sqrt(3)]
  return [
    [cos + third, third - side, third + side, 0],
    [third + side, cos + third, third - side, 0],
    [third - side, third + side, cos + third, 0],
    [0, 0, 0, 1],
  ]
}

const product = (a: Rows, b: Rows): Rows => a.map((row) => [0, 1, 2, 3].map((column) => row.reduce((sum, value, n) => sum + value * b[n]![column]!, 0)))
