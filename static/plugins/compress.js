/** Writes FILE.br and FILE.gz beside every text file of the build, so that no server compresses while somebody waits. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const TEXT = new Set(['.css', '.js', '.svg', '.json', '.webmanifest', '.txt', '.ico'])
/** Below this, the headers are larger than the gain. */
const BYTES_MIN = 300

/** @returns {import('vite').Plugin} */
export function compress() {
  let folder = ''
  return {
    name: 'compress',
    apply: 'build',
    configResolved: (config) => {
      folder = config.build.outDir
    },
    closeBundle: () => {
      for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
        const path = join(folder, name)
        if (!TEXT.has(extname(name))) continue
        const content = readFileSync(path)
        if (content.length < BYTES_MIN) continue
        const parameters = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length }
        for (const [ending, smaller] of [['.br', brotliCompressSync(content, { params: parameters })], ['.gz', gzipSync(content, { level: 9 })]])
          if (smaller.length < content.length) writeFileSync(path + ending, smaller)
      }
    },
  }
}
