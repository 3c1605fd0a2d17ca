/** The square that is cut out of a picture. All lengths are in pixels of the picture. */
export interface Size {
  width: number
  height: number
}
export interface Crop {
  x: number
  y: number
  side: number
}
/** How many times smaller the square gets at most. */
export const ZOOM_MAX = 5

/** The largest square, in the middle. */
export const fitted = (size: Size): Crop => zoomed({ x: size.width / 2, y: size.height / 2, side: 0 }, size, 1)

/** The square at this zoom (1: the largest), around the same point. */
export function zoomed(crop: Crop, size: Size, zoom: number): Crop {
  const side = Math.min(size.width, size.height) / Math.min(ZOOM_MAX, Math.max(1, zoom))
  return inside({ x: crop.x + (crop.side - side) / 2, y: crop.y + (crop.side - side) / 2, side }, size)
}

export const moved = (crop: Crop, size: Size, dx: number, dy: number): Crop =>
  inside({ ...crop, x: crop.x + dx, y: crop.y + dy }, size)

const inside = ({ x, y, side }: Crop, size: Size): Crop => ({
  x: Math.min(Math.max(0, x), size.width - side),
  y: Math.min(Math.max(0, y), size.height - side),
  side,
})
