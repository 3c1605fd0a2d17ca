import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { parseSearch, PAUSE_MS, searchPath, SearchState } from '../../../src/state/search/search.svelte'

const asked: string[] = []
let answers: Record<string, () => unknown> = {}

beforeEach(() => {
  vi.useFakeTimers()
  asked.length = 0
  answers = {}
  vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
    const q = new URL(path, 'http://x').searchParams.get('q') ?? ''
    asked.push(q)
    await new Promise((resolve, reject) => {
      init.signal?.addEventListener('abort', () => reject(new DOMException('', 'AbortError')))
      setTimeout(resolve, q === 'slow' ? 5_000 : 10)
    })
    return new Response(JSON.stringify(answers[q]?.() ?? { people: [] }), { headers: { 'Content-Type': 'application/json' } })
  })
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('a search', () => {
  test('asks once for each pause in typing', async () => {
    const state = new SearchState()
    for (const text of ['g', 'gu', 'gui']) state.type(text)
    expect(state.loading).toBe(true)
    await vi.advanceTimersByTimeAsync(PAUSE_MS + 50)
    expect(asked).toEqual(['gui'])
    expect(state.loading).toBe(false)
    expect(state.empty).toBe(true)
  })
  test('drops the answer to an earlier text', async () => {
    answers.slow = () => ({ people: [{ kind: 'person', id: '1' }] })
    const state = new SearchState()
    state.type('slow')
    await vi.advanceTimersByTimeAsync(PAUSE_MS + 50)
    state.type('fast')
    await vi.advanceTimersByTimeAsync(10_000)
    expect(asked).toEqual(['slow', 'fast'])
    expect(state.problem).toBeNull()
    expect(state.empty).toBe(true)
  })
  test('asks nothing for an empty field', async () => {
    const state = new SearchState()
    state.type('   ')
    await vi.advanceTimersByTimeAsync(1_000)
    expect(asked).toEqual([])
    expect(state.result).toBeNull()
  })
  test('is found again with its results', async () => {
    const state = new SearchState()
    state.show('cat', '')
    await vi.advanceTimersByTimeAsync(50)
    state.show('cat', '')
    await vi.advanceTimersByTimeAsync(50)
    expect(asked).toEqual(['cat'])
  })
  test('leaves out what an earlier page had', async () => {
    const hashtag = (tag: string) => ({ kind: 'hashtag', tag, videos: 1, views: 0 })
    let page = 0
    answers.cat = () => (page++ ? { items: [hashtag('b'), hashtag('c')], next: null } : { items: [hashtag('a'), hashtag('b')], next: '2' })
    const state = new SearchState()
    state.show('cat', 'hashtags')
    await vi.advanceTimersByTimeAsync(50)
    const result = state.result
    if (!result || result.tab === '') throw new Error('no list')
    const more = result.list.more()
    await vi.advanceTimersByTimeAsync(50)
    await more
    expect(result.list.items.map((one) => one.kind === 'hashtag' && one.tag)).toEqual(['a', 'b', 'c'])
  })
})

test('the address of a search leads back to it', () => {
  for (const text of ['cat', '#été & co', '@noe.draws', '"quoted" +1']) expect(parseSearch(new URL(searchPath(text, 'videos'), 'http://x').search)).toEqual({ text, tab: 'videos' })
  expect(searchPath('  ')).toBe('/search')
  expect(parseSearch('?kind=nonsense&q=' + 'x'.repeat(999))).toEqual({ text: 'x'.repeat(200), tab: '' })
})
