import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { belongsTo, FORGOTTEN, forget, recall, remember } from '../../../src/state/site/memory'

/** As a browser's: what is kept are its own properties. */
class Kept {
  getItem(key: string): string | null {
    return (this as unknown as Record<string, string>)[key] ?? null
  }
  setItem(key: string, value: string): void {
    ;(this as unknown as Record<string, string>)[key] = value
  }
  removeItem(key: string): void {
    delete (this as unknown as Record<string, string>)[key]
  }
}

let local: Kept, tab: Kept, told: string[], dropped: string[]

beforeEach(() => {
  local = new Kept()
  tab = new Kept()
  told = []
  dropped = []
  vi.stubGlobal('localStorage', local)
  vi.stubGlobal('sessionStorage', tab)
  vi.stubGlobal('dispatchEvent', (event: Event) => told.push(event.type))
  vi.stubGlobal('caches', {
    keys: async () => ['cadeau-build-1', 'cadeau-shared'],
    delete: async (name: string) => dropped.push(name),
  })
})
afterEach(() => vi.unstubAllGlobals())

test('signing out leaves what belongs to the browser, and nothing of the person', async () => {
  for (const [key, value] of [['theme', 'dark'], ['language', 'fr'], ['sound', 'on'], ['searches', '["cats"]'], ['upload.caption', 'Draft'], ['viewer', 'v1']] as const) remember(key, value)
  local.setItem('other.app', 'stays')
  tab.setItem('cadeau.after-payment', '/room/1')
  tab.setItem('cadeau.reloaded', 'build')
  forget()
  expect(Object.keys(local).sort()).toEqual(['cadeau.language', 'cadeau.sound', 'cadeau.theme', 'other.app'])
  expect(Object.keys(tab)).toEqual(['cadeau.reloaded'])
  expect(told).toEqual([FORGOTTEN])
  await vi.waitFor(() => expect(dropped).toEqual(['cadeau-shared']))
})

test('a session that has ended meanwhile, or somebody else, finds nothing of who was here', () => {
  remember('searches', '["cats"]')
  belongsTo('ann')
  expect(recall('searches')).toBe('["cats"]')
  belongsTo('ann')
  expect(recall('searches')).toBe('["cats"]')
  belongsTo(null)
  expect(recall('searches')).toBe(null)
  remember('searches', '["dogs"]')
  belongsTo('bob')
  expect(recall('searches')).toBe('["dogs"]')
  belongsTo('ann')
  expect(recall('searches')).toBe(null)
})

test('a browser that stores nothing forgets nothing, and does not fail', () => {
  vi.stubGlobal('localStorage', undefined)
  vi.stubGlobal('sessionStorage', undefined)
  vi.stubGlobal('caches', undefined)
  expect(() => forget()).not.toThrow()
  expect(() => belongsTo('ann')).not.toThrow()
})
