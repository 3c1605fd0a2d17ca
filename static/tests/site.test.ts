import { describe, expect, test } from 'vitest'
import { Problem } from '../src/api/problem'
import { query } from '../src/api/http'
import { en } from '../src/i18n/en'
import { fr } from '../src/i18n/fr'
import { match, route, safeNext } from '../src/router'
import { Paged } from '../src/state/list.svelte'
import { Reports } from '../src/state/reports'
import { Speed } from '../src/state/speed'
import { chooseRendition } from '../src/ui/rendition'

describe('router', () => {
  const load = async () => ({ default: (() => ({})) as never })
  const routes = [route('feed', '/', load), route('room', '/room/:id', load), route('profile', '/@:handle', load)]

  test('finds a page and its parameters', () => {
    expect(match(routes, '/')?.route.name).toBe('feed')
    expect(match(routes, '/room/abc')?.params).toEqual({ id: 'abc' })
    expect(match(routes, '/@ada.l/')?.params).toEqual({ handle: 'ada.l' })
    expect(match(routes, '/room/abc/more')).toBeNull()
    expect(match(routes, '/rooms')).toBeNull()
  })
  test('a broken escape is a parameter, not a fault', () => {
    expect(match(routes, '/room/%E0%A4%A')?.params).toEqual({ id: '%E0%A4%A' })
  })
  test('signing in leads on to this site only', () => {
    expect(safeNext('?next=%2Froom%2Fabc%3Fx%3D1')).toBe('/room/abc?x=1')
    for (const evil of ['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)', '']) {
      expect(safeNext(`?next=${encodeURIComponent(evil)}`)).toBe('/')
    }
  })
})

describe('problems', () => {
  test('carry the code, the status and how long to wait', async () => {
    const response = new Response(JSON.stringify({ code: 'rate_exceeded', detail: 'slow down' }), { status: 429, headers: { 'Retry-After': '3' } })
    expect(await Problem.read(response)).toMatchObject({ code: 'rate_exceeded', status: 429, retryAfterSeconds: 3, message: 'slow down' })
  })
  test('a proxy that answers with a page is a problem too', async () => {
    expect(await Problem.read(new Response('<html>', { status: 502 }))).toMatchObject({ code: 'http_502', status: 502 })
  })
  test('empty parameters are left out of a query', () => {
    expect(query('/api/rooms', { state: 'live', cursor: null, limit: 5, host: undefined })).toBe('/api/rooms?state=live&limit=5')
  })
})

describe('languages', () => {
  const keys = (value: object, path = ''): string[] =>
    Object.entries(value).flatMap(([key, inner]) => (typeof inner === 'object' && inner ? keys(inner as object, `${path}${key}.`) : [`${path}${key}:${typeof inner}`]))

  test('French has every word English has, and no other', () => {
    expect(keys(fr).sort()).toEqual(keys(en).sort())
  })
  test('no word is empty', () => {
    const empty = (value: object): boolean => Object.values(value).some((inner) => inner === '' || (typeof inner === 'object' && inner !== null && empty(inner as object)))
    expect(empty(en) || empty(fr)).toBe(false)
  })
})

describe('reports', () => {
  test('a view is told once, a finish once, a skip only when it was left early', () => {
    const sent: unknown[] = []
    const reports = new Reports(async (events) => sent.push(...events))
    reports.watching('a', 400)
    reports.watching('a', 1200)
    reports.watching('a', 2400)
    reports.finished('a', 5000)
    reports.finished('a', 10_000)
    reports.left('a', 900)
    reports.left('b', 800)
    reports.left('c', 8000)
    reports.left('d', 0)
    reports.flush()
    expect(sent).toEqual([
      { video: 'a', kind: 'view', watched_ms: 1200 },
      { video: 'a', kind: 'finish', watched_ms: 5000 },
      { video: 'b', kind: 'skip', watched_ms: 800 },
    ])
  })
  test('an event names the impression it belongs to', () => {
    const sent: unknown[] = []
    const reports = new Reports(async (events) => sent.push(...events))
    reports.watching('a', 1200, 'i1')
    reports.finished('a', 5000, 'i1')
    reports.left('b', 800, 'i2')
    reports.shared('a', 'i1')
    reports.shared('c')
    reports.flush()
    expect(sent).toEqual([
      { video: 'a', kind: 'view', watched_ms: 1200, impression: 'i1' },
      { video: 'a', kind: 'finish', watched_ms: 5000, impression: 'i1' },
      { video: 'b', kind: 'skip', watched_ms: 800, impression: 'i2' },
      { video: 'a', kind: 'share', impression: 'i1' },
      { video: 'c', kind: 'share' },
    ])
  })
})

describe('lists', () => {
  test('pages follow each other to the end', async () => {
    const pages: Record<string, { items: number[]; next: string | null }> = { first: { items: [1, 2], next: 'more' }, more: { items: [3], next: null } }
    const list = new Paged<number>(async (cursor) => pages[cursor ?? 'first']!)
    await list.more()
    expect(list.ended).toBe(false)
    await list.more()
    await list.more()
    expect(list.items).toEqual([1, 2, 3])
    expect(list.ended).toBe(true)
  })
  test('a failure can be tried again where it happened', async () => {
    let broken = true
    const list = new Paged<number>(async () => {
      if (broken) throw new Problem('offline', '')
      return { items: [1], next: null }
    })
    await list.more()
    expect(list.problem?.code).toBe('offline')
    broken = false
    await list.more()
    expect(list.items).toEqual([1])
    expect(list.problem).toBeNull()
  })
  test('who asks while a page is under way waits for it', async () => {
    const waiting: ((page: { items: number[]; next: null }) => void)[] = []
    const list = new Paged<number>(() => new Promise((resolve) => waiting.push(resolve)))
    void list.more()
    let heard = false
    const second = list.more().then(() => (heard = true))
    await Promise.resolve()
    expect(heard).toBe(false)
    waiting[0]?.({ items: [1], next: null })
    await second
    expect(waiting.length).toBe(1)
    expect(list.items).toEqual([1])
  })
  test('an answer that comes after a reset is not mixed in', async () => {
    const waiting: ((page: { items: number[]; next: null }) => void)[] = []
    const list = new Paged<number>(() => new Promise((resolve) => waiting.push(resolve)))
    const old = list.more()
    const fresh = list.reset()
    waiting[1]?.({ items: [2], next: null })
    await fresh
    waiting[0]?.({ items: [1], next: null })
    await old
    expect(list.items).toEqual([2])
  })
})

describe('renditions', () => {
  const rendition = (side: number, bits: number) => ({ width: side, height: Math.round((side * 16) / 9), url: String(side), bytes: 1, bits_per_second: bits })
  const all = [rendition(1080, 5e6), rendition(480, 8e5), rendition(720, 2e6)]

  test('the smallest that fills the stage', () => {
    expect(chooseRendition(all, 390)?.width).toBe(480)
    expect(chooseRendition(all, 700)?.width).toBe(720)
    expect(chooseRendition(all, 4000)?.width).toBe(1080)
  })
  test('a slow line takes what it can carry, and always something', () => {
    expect(chooseRendition(all, 1080, 3.1)?.width).toBe(720)
    expect(chooseRendition(all, 1080, 0.1)?.width).toBe(480)
    expect(chooseRendition([], 1080)).toBeUndefined()
  })
})

test('the speed of a resumed upload is that of what is sent now', () => {
  const speed = new Speed()
  speed.add(0, 100_000_000)
  expect(speed.bytesPerSecond).toBe(0)
  speed.add(1000, 101_000_000)
  expect(speed.bytesPerSecond).toBe(1_000_000)
})
