/** Small pictures of what each effect does to what the camera sees. */
import type { Effect } from './effect'
import type { Face } from './face/face'
import { Renderer } from './renderer'

const WIDTH_PX = 144
const HEIGHT_PX = 192
/** A moment at which what moves is spread nicely. */
const SECONDS = 2.4
/** Where people mostly are in their picture: nobody waits for the tracker to see what an effect is. */
const FACE: Face = { width: 66, turn: 0, forehead: { x: 72, y: 58 }, eyes: { x: 72, y: 88 }, nose: { x: 72, y: 104 }, mouth: { x: 72, y: 122 } }

/** One address of a picture (`data:`) for each effect. Empty where there is no WebGL 2. */
export function thumbnails(video: HTMLVideoElement, effects: readonly Effect[]): string[] {
  try {
    const renderer = new Renderer(document.createElement('canvas'))
    const picture = cropped(video)
    const made = effects.map((effect) => {
      renderer.use(effect)
      renderer.draw(picture, WIDTH_PX, HEIGHT_PX, SECONDS, FACE)
      return renderer.canvas.toDataURL('image/jpeg', 0.8)
    })
    renderer.close()
    return made
  } catch {
    return []
  }
}

function cropped(video: HTMLVideoElement): HTMLCanvasElement {
  const made = Object.assign(document.createElement('canvas'), { width: WIDTH_PX, height: HEIGHT_PX })
  const scale = Math.max(WIDTH_PX / video.videoWidth, HEIGHT_PX / video.videoHeight)
  const [width, height] = [video.videoWidth * scale, video.videoHeight * scale]
  made.getContext('2d')?.drawImage(video, (WIDTH_PX - width) / 2, (HEIGHT_PX - height) / 2, width, height)
  return made
}
