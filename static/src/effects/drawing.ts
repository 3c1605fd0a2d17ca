/** Draws the vector art of an effect into a canvas, from which it becomes a texture. */
import { SHAPES_MAX, type Frame, type Sticker } from './effect'

/** Large enough for a sticker half as wide as a 1080p picture. */
const STICKER_PX = 512

function canvas(width: number, height: number): [HTMLCanvasElement, CanvasRenderingContext2D] {
  const made = Object.assign(document.createElement('canvas'), { width: Math.max(1, Math.round(width)), height: Math.max(1, Math.round(height)) })
  const context = made.getContext('2d')
  if (!context) throw new Error('no canvas')
  return [made, context]
}

export function drawSticker({ view: [width, height], shapes, picture }: Sticker): HTMLCanvasElement {
  const scale = STICKER_PX / Math.max(width, height)
  const [made, context] = canvas(width * scale, height * scale)
  if (picture) {
    context.drawImage(picture, 0, 0, made.width, made.height)
    return made
  }
  context.scale(scale, scale)
  context.lineJoin = context.lineCap = 'round'
  for (const shape of shapes.slice(0, SHAPES_MAX)) {
    const path = new Path2D(shape.path)
    if (shape.fill) {
      context.fillStyle = shape.fill
      context.fill(path)
    }
    if (shape.stroke) {
      context.strokeStyle = shape.stroke
      context.lineWidth = shape.strokeWidth ?? 1
      context.stroke(path)
    }
  }
  return made
}

export function drawFrame(frame: Frame, width: number, height: number): HTMLCanvasElement {
  const [made, context] = canvas(width, height)
  const side = Math.min(width, height)
  const [line, inset] = [frame.width * side, frame.inset * side]
  context.strokeStyle = frame.colour
  context.lineWidth = line
  context.beginPath()
  context.roundRect(inset + line / 2, inset + line / 2, width - 2 * inset - line, height - 2 * inset - line, frame.radius * side)
  context.stroke()
  return made
}
