import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'
import { compress } from './plugins/compress.js'
import { face } from './plugins/face.js'
import { worker } from './plugins/worker.js'

const server = 'http://127.0.0.1:8080'

/**
 * What nearly every page needs is one file, with the feed, where most people begin: on a slow line, requests cost more
 * than bytes. A browser opens six connections at most, so a first load of more files waits for the line twice.
 */
const groups = [
  { name: 'base', priority: 4, test: /[\\/]node_modules[\\/](svelte|esm-env|clsx)[\\/]|[\\/]src[\\/](App|base\.css|tokens\.css|router|routes|pages[\\/]Feed|state[\\/](site|people|feed)[\\/](?!interests)|api[\\/](catalogue[\\/]feed|http|operation|problem|people|rooms|videos)\.|ui[\\/](feed|base)[\\/](?!Chart|Sparkline|VideoGrid|VideoMenu|EditVideo|ReportSheet|menu)|i18n[\\/]index|ui[\\/]people[\\/](AccountSheet|FollowButton)|wire[\\/]backoff)|preload-helper/ },
  { name: 'live', priority: 2, test: /[\\/]src[\\/](ui[\\/]room[\\/]LivePlayer|rtc[\\/](whep|peer|patience|received|layers)|state[\\/]room[\\/]picture)/ },
  { name: 'room', priority: 1, test: /[\\/]src[\\/](wire|chat|state[\\/]room|ui[\\/]room)[\\/]/ },
  { name: 'icons', priority: 0, minShareCount: 2, test: /[\\/]@lucide[\\/]/ },
]

export default defineConfig({
  plugins: [svelte(), face(), worker(), compress()],
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: true,
    rolldownOptions: {
      input: { index: 'index.html', face: 'face.html', sw: 'worker/sw.ts' },
      output: {
        codeSplitting: { groups },
        // A service worker's address must stay the same, and its folder is what it serves.
        entryFileNames: (chunk) => (chunk.name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js'),
      },
    },
  },
  server: {
    host: '127.0.0.1',
    proxy: {
      '/api': { target: server, ws: true },
      '/live/': server,
      '/media/': server,
      '/chat/': { target: server, ws: true },
    },
  },
  test: { include: ['tests/**/*.test.ts'], environment: 'node', css: true, testTimeout: 60_000 },
})
