/** Draws pictures with an effect into a canvas, by WebGL 2. */
import { colourMatrix, type ColourMatrix } from './colour'
import { drawFrame, drawSticker } from './drawing'
import { STICKERS_MAX, type Effect, type Sticker } from './effect'
import type { Face } from './face/face'
import { placed, type Placed } from './motion'
import { LAYER_FRAGMENT, LAYER_VERTEX, PICTURE_FRAGMENT, PICTURE_VERTEX } from './shaders'

interface Layer {
  sticker: Sticker
  texture: WebGLTexture
}

export class Renderer {
  readonly #gl: WebGL2RenderingContext
  readonly #picture: WebGLProgram
  readonly #layer: WebGLProgram
  readonly #at: Record<'matrix' | 'look' | 'pixel' | 'place', WebGLUniformLocation | null>
  readonly #source: WebGLTexture
  #effect: Effect = { id: '', name: { en: '', fr: '' } }
  #matrix: ColourMatrix = colourMatrix({})
  #layers: Layer[] = []
  #frame: { texture: WebGLTexture; width: number; height: number } | null = null

  /** Throws where there is no WebGL 2. */
  constructor(readonly canvas: HTMLCanvasElement) {
    const gl = canvas.getContext('webgl2', { alpha: false, antialias: false, depth: false, preserveDrawingBuffer: true })
    if (!gl) throw new Error('no WebGL 2')
    this.#gl = gl
    this.#picture = program(gl, PICTURE_VERTEX, PICTURE_FRAGMENT)
    this.#layer = program(gl, LAYER_VERTEX, LAYER_FRAGMENT)
    const [picture, layer] = [this.#picture, this.#layer]
    const where = (of: WebGLProgram, name: string) => gl.getUniformLocation(of, name)
    this.#at = { matrix: where(picture, 'matrix'), look: where(picture, 'look'), pixel: where(picture, 'pixel'), place: where(layer, 'place') }
    this.#source = texture(gl)
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, true)
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA)
  }

  use(effect: Effect): void {
    this.#forget()
    this.#effect = effect
    this.#matrix = colourMatrix(effect.colour ?? {})
    this.#layers = (effect.stickers ?? []).slice(0, STICKERS_MAX).map((sticker) => ({ sticker, texture: texture(this.#gl, drawSticker(sticker)) }))
  }

  /** `seconds` drives what moves; `face` is where a face is in this picture. */
  draw(source: TexImageSource, width: number, height: number, seconds: number, face: Face | null = null): void {
    const gl = this.#gl
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height })
    gl.viewport(0, 0, width, height)
    gl.bindTexture(gl.TEXTURE_2D, this.#source)
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, source)
    this.#drawPicture(width, height, seconds)
    gl.enable(gl.BLEND)
    gl.useProgram(this.#layer)
    for (const { sticker, texture } of this.#layers) {
      for (const place of placed(sticker, width, height, seconds, face)) this.#drawLayer(texture, place, width, height)
    }
    this.#drawFrame(width, height)
    gl.disable(gl.BLEND)
  }

  /** Waits until everything is drawn: for measurements only. */
  finish(): void {
    this.#gl.readPixels(0, 0, 1, 1, this.#gl.RGBA, this.#gl.UNSIGNED_BYTE, new Uint8Array(4))
  }

  get lost(): boolean {
    return this.#gl.isContextLost()
  }

  close(): void {
    this.#gl.getExtension('WEBGL_lose_context')?.loseContext()
  }

  #drawPicture(width: number, height: number, seconds: number): void {
    const gl = this.#gl
    const { vignette = 0, grain = 0, soften = 0 } = this.#effect.colour ?? {}
    gl.useProgram(this.#picture)
    gl.uniformMatrix4fv(this.#at.matrix, false, this.#matrix)
    gl.uniform4f(this.#at.look, vignette, grain, soften, seconds)
    gl.uniform2f(this.#at.pixel, 1 / width, 1 / height)
    gl.drawArrays(gl.TRIANGLES, 0, 3)
  }

  #drawFrame(width: number, height: number): void {
    const frame = this.#effect.frame
    if (!frame) return
    if (this.#frame?.width !== width || this.#frame.height !== height) {
      this.#gl.deleteTexture(this.#frame?.texture ?? null)
      this.#frame = { texture: texture(this.#gl, drawFrame(frame, width, height)), width, height }
    }
    this.#drawLayer(this.#frame.texture, { x: width / 2, y: height / 2, width, height, turn: 0 }, width, height)
  }

  #drawLayer(drawing: WebGLTexture, place: Placed, width: number, height: number): void {
    const gl = this.#gl
    gl.bindTexture(gl.TEXTURE_2D, drawing)
    gl.uniformMatrix3fv(this.#at.place, false, clip(place, width, height))
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4)
  }

  #forget(): void {
    for (const { texture } of this.#layers) this.#gl.deleteTexture(texture)
    this.#gl.deleteTexture(this.#frame?.texture ?? null)
    this.#frame = null
  }
}

/** From a square of side 1 around the origin to clip space, column by column. */
function clip({ x, y, width, height, turn }: Placed, across: number, down: number): Float32Array {
  const [cos, sin, sx, sy] = [Math.cos(turn), Math.sin(turn), 2 / across, -2 / down]
  return new Float32Array([cos * width * sx, sin * width * sy, 0, -sin * height * sx, cos * height * sy, 0, x * sx - 1, y * sy + 1, 1])
}

function texture(gl: WebGL2RenderingContext, from?: TexImageSource): WebGLTexture {
  const made = gl.createTexture()
  gl.bindTexture(gl.TEXTURE_2D, made)
  for (const side of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, side, gl.CLAMP_TO_EDGE)
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR)
  if (from) gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, from)
  return made
}

function program(gl: WebGL2RenderingContext, vertex: string, fragment: string): WebGLProgram {
  const made = gl.createProgram()
  for (const [kind, text] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]] as const) {
    const shader = gl.createShader(kind)
    if (!shader) throw new Error('WebGL was lost')
    gl.shaderSource(shader, text)
    gl.compileShader(shader)
    gl.attachShader(made, shader)
  }
  gl.linkProgram(made)
  if (!gl.getProgramParameter(made, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(made) ?? 'WebGL was lost')
  return made
}
