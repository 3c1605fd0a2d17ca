import { expect, test } from 'vitest'

const MODULES_MAX = 14
const modules = Object.keys(import.meta.glob(['../{src,tests}/**/*.{svelte,ts}', './**/*.ts']))

test('no folder has more than fourteen modules side by side', () => {
  const counts = new Map<string, number>()
  for (const path of modules) {
    const folder = path.slice(0, path.lastIndexOf('/'))
    counts.set(folder, (counts.get(folder) ?? 0) + 1)
  }
  expect(counts.get('../src/pages')).toBeGreaterThan(5)
  expect([...counts].filter(([, count]) => count > MODULES_MAX)).toEqual([])
})
