/**
 * Copies the face tracker's program and model (@mediapipe/face_mesh) into the build, under a name with its version.
 * The version is pinned: the one after it does not start (google-ai-edge/mediapipe#3504).
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const NAME = '@mediapipe/face_mesh'
/** The variant with SIMD, which every browser of the last years has. */
const FILES = [
  'face_mesh.js', 'face_mesh.binarypb', 'face_mesh_solution_packed_assets.data', 'face_mesh_solution_packed_assets_loader.js',
  'face_mesh_solution_simd_wasm_bin.data', 'face_mesh_solution_simd_wasm_bin.js', 'face_mesh_solution_simd_wasm_bin.wasm',
]

/** @returns {import('vite').Plugin} */
export function face() {
  const source = dirname(createRequire(import.meta.url).resolve(`${NAME}/package.json`))
  const { version } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'))
  const folder = `assets/face-${version}/`
  return {
    name: 'face',
    config: () => ({ define: { __FACE_FOLDER__: JSON.stringify(`/${folder}`) } }),
    generateBundle() {
      for (const name of FILES) this.emitFile({ type: 'asset', fileName: folder + name, source: readFileSync(join(source, name)) })
    },
  }
}
