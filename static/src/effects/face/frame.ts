/**
 * Looks for a face in the pictures it is sent. Runs in a frame without an origin: the tracker compiles code from text,
 * which the site itself never allows, and here it can reach neither the site's pages nor its cookies.
 */
import type { FaceMesh, Results } from '@mediapipe/face_mesh'
import { LANDMARKS, type Look, type Said } from './face'

declare const __FACE_FOLDER__: string
const canvas = document.createElement('canvas')
let points: Float32Array | null = null

const say = (said: Said) => parent.postMessage(said, '*')

function take({ multiFaceLandmarks }: Results): void {
  const [found] = multiFaceLandmarks
  points = found ? Float32Array.from(found.slice(0, LANDMARKS).flatMap(({ x, y }) => [x, y])) : null
}

async function look(mesh: FaceMesh, { picture }: Look): Promise<void> {
  const began = performance.now()
  Object.assign(canvas, { width: picture.width, height: picture.height })
  canvas.getContext('2d')?.drawImage(picture, 0, 0)
  picture.close()
  await mesh.send({ image: canvas })
  say({ points, ms: performance.now() - began })
}

/** The package is a script that adds its class to the window. */
function loaded(): Promise<typeof FaceMesh> {
  return new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement('script'), { src: `${__FACE_FOLDER__}face_mesh.js`, crossOrigin: 'anonymous' })
    script.onload = () => resolve((window as unknown as { FaceMesh: typeof FaceMesh }).FaceMesh)
    script.onerror = () => reject(new Error('the tracker did not load'))
    document.head.append(script)
  })
}

async function start(): Promise<void> {
  const Mesh = await loaded()
  const mesh = new Mesh({ locateFile: (name) => __FACE_FOLDER__ + name })
  mesh.setOptions({ maxNumFaces: 1, refineLandmarks: false, minDetectionConfidence: 0.5, minTrackingConfidence: 0.5 })
  mesh.onResults(take)
  await mesh.initialize()
  const failed = (error: unknown) => say({ failed: String(error) })
  addEventListener('message', ({ source, data }: MessageEvent<Look>) => {
    if (source === parent) look(mesh, data).catch(failed)
  })
  say({ ready: true })
}

start().catch((error: unknown) => say({ failed: String(error) }))
