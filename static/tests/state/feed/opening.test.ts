import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { FeedItem } from '../../../src/api/videos'

const stored = new Map<string, string>()
vi.stubGlobal('localStorage', {
  getItem: (key: string) => stored.get(key) ?? null,
  setItem: (key: string, value: string) => void stored.set(key, value),
  removeItem: (key: string) => void stored.delete(key),
})

const item = (kind: string, format = ''): FeedItem => ({ kind, id: kind, impression: kind, video: { id: 'v' }, ad: { format } }) as unknown as FeedItem
const DAY = new Date('2026-11-29T12:00Z')
const NEXT = new Date('2026-11-30T00:30Z')

async function begun(pathname: string) {
  vi.resetModules()
  vi.stubGlobal('location', { pathname })
  return import('../../../src/state/feed/opening')
}

describe('a takeover', () => {
  beforeEach(() => stored.clear())

  it('is asked for once, and only where the app was opened at the feed', async () => {
    const { opening } = await begun('/')
    expect([opening(), opening()]).toEqual([true, false])
    const linked = await begun('/video/abc')
    expect(linked.opening()).toBe(false)
  })

  it('is taken off the page that it begins', async () => {
    const { opened } = await begun('/')
    const [first, next] = [item('ad', 'takeover'), item('video')]
    expect(opened([first, next], DAY)).toEqual({ takeover: { ad: { format: 'takeover' }, video: { id: 'v' }, impression: 'ad' }, rest: [next] })
    expect(opened([next, item('ad', 'in_feed')], DAY).takeover).toBeNull()
    expect(opened([], DAY)).toEqual({ takeover: null, rest: [] })
  })

  it('comes no more that day, in UTC, whoever is signed in', async () => {
    const { opened, rememberTakeover } = await begun('/')
    rememberTakeover(DAY)
    expect(opened([item('ad', 'takeover')], DAY)).toEqual({ takeover: null, rest: [] })
    expect(opened([item('ad', 'takeover')], NEXT).takeover).not.toBeNull()
  })
})
