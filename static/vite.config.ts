import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'
import { compress } from './plugins/compress.js'
import { worker } from './plugins/worker.js'

const server = 'http://127.0.0.1:8080'

/** What every page needs is one file, and what the feed adds another: on a slow line, requests cost more than bytes. */
const groups = [
  { name: 'base', priority: 4, test: /[\\/]node_modules[\\/](svelte|esm-env|clsx)[\\/]|[\\/]src[\\/](App|base\.css|tokens\.css|router|routes|state[\\/](site|people)[\\/]|api[\\/](http|operation|problem|people|rooms|videos)\.|ui[\\/]base[\\/](?!Chart|Sparkline)|i18n[\\/]index|ui[\\/]people[\\/](AccountSheet|FollowButton))|preload-helper/ },
  { name: 'icons', priority: 3, minShareCount: 2, test: /[\\/]@lucide[\\/]/ },
  { name: 'feed', priority: 2, test: /[\\/]src[\\/](pages[\\/]Feed|ui[\\/]feed[\\/]|state[\\/]feed[\\/])/ },
  { name: 'live', priority: 1, test: /[\\/]src[\\/](ui[\\/]room[\\/]LivePlayer|rtc[\\/](whep|peer|patience|received|layers)|state[\\/]room[\\/]picture)/ },
  { name: 'room', priority: 1, test: /[\\/]src[\\/](wire|chat|state[\\/]room|ui[\\/]room)[\\/]/ },
]

export default defineConfig({
  plugins: [svelte(), worker(), compress()],
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    manifest: true,
    rolldownOptions: {
      input: { index: 'index.html', sw: 'worker/sw.ts' },
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
      '/api': server,
      '/live/': server,
      '/media/': server,
      '/chat/': { target: server, ws: true },
    },
  },
  test: { include: ['tests/**/*.test.ts'], environment: 'node', css: true },
})
