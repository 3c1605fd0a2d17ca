/** Tells the service worker which build it belongs to and which files the client needs without a network. */
import { createHash } from 'node:crypto'

const WORKER = 'sw.js'
/** The pages that work offline, in every language. */
const SOURCES = /(index\.html|src\/i18n\/\w+\/index\.ts)$/

/** @returns {import('vite').Plugin} */
export function worker() {
  return {
    name: 'worker',
    apply: 'build',
    enforce: 'post',
    generateBundle: (_, bundle) => {
      const worker = bundle[WORKER]
      if (worker?.type !== 'chunk') return
      const version = createHash('sha256').update(Object.keys(bundle).sort().join('\n')).digest('hex').slice(0, 12)
      const files = [...needed(bundle)].sort().map((name) => `/${name}`)
      worker.code = worker.code.replaceAll('__BUILD__', JSON.stringify({ version, files }))
    },
  }
}

/** The files that these pages import, themselves included. */
function needed(bundle) {
  const found = new Set()
  const take = (name) => {
    const chunk = bundle[name]
    if (found.has(name) || chunk?.type !== 'chunk') return
    found.add(name)
    for (const style of chunk.viteMetadata?.importedCss ?? []) found.add(style)
    chunk.imports.forEach(take)
  }
  for (const [name, chunk] of Object.entries(bundle))
    if (chunk.type === 'chunk' && chunk.facadeModuleId && SOURCES.test(chunk.facadeModuleId)) take(name)
  return found
}
