import { QUERY_CHARS_MAX } from '../../api/limits'
import { Problem } from '../../api/problem'
import { searchEach, searchKind, type Found, type FoundOfEach, type SearchKind } from '../../api/catalogue/search'
import { Paged } from '../site/list.svelte'

/** Requests are sent in pauses of typing that are so long. */
export const PAUSE_MS = 250
export const TABS = ['', 'people', 'videos', 'hashtags', 'sounds', 'rooms', 'products'] as const
export type Tab = '' | SearchKind

/** The address of a search. */
export function searchPath(text: string, tab: Tab = ''): string {
  const said = text.trim()
  return said ? `/search?${new URLSearchParams(tab ? { q: said, kind: tab } : { q: said })}` : '/search'
}

export function parseSearch(search: string): { text: string; tab: Tab } {
  const values = new URLSearchParams(search)
  const kind = values.get('kind') as Tab | null
  return { text: (values.get('q') ?? '').slice(0, QUERY_CHARS_MAX), tab: kind && TABS.includes(kind) ? kind : '' }
}

/** What tells one result from every other. */
export const keyOf = (one: Found): string => `${one.kind} ${one.kind === 'hashtag' ? one.tag : one.id}`

type Result = { tab: ''; each: FoundOfEach } | { tab: SearchKind; list: Paged<Found> }

/** One search at a time: another text or tab aborts the request of the last one. What was found stays until then. */
export class SearchState {
  text = $state('')
  tab = $state<Tab>('')
  result = $state.raw<Result | null>(null)
  problem = $state<Problem | null>(null)
  /** The answer to what stands in the field is on its way. */
  loading = $state(false)
  /** How far the results were scrolled, to find them so when coming back. */
  scrolled = 0
  /** What `result` answers. */
  #answered = ''
  #request: AbortController | null = null
  #timer: ReturnType<typeof setTimeout> | undefined

  get asked(): string {
    return this.text.trim()
  }
  get empty(): boolean {
    const { result } = this
    if (!result || this.loading) return false
    return result.tab === '' ? Object.values(result.each).every((some) => some.length === 0) : result.list.empty
  }

  /** Follows the address. Coming back to a search finds its results. */
  show(text: string, tab: Tab): void {
    if (text === this.asked && tab === this.tab && (this.result || this.loading)) return
    this.text = text
    this.tab = tab
    void this.run()
  }
  /** Somebody types. */
  type(text: string): void {
    this.text = text
    clearTimeout(this.#timer)
    if (!this.asked) return void this.run()
    this.loading = true
    this.#timer = setTimeout(() => void this.run(), PAUSE_MS)
  }
  choose(tab: Tab): void {
    if (tab === this.tab) return
    this.tab = tab
    this.result = null
    void this.run()
  }

  async run(): Promise<void> {
    clearTimeout(this.#timer)
    const { asked, tab } = this
    const key = searchPath(asked, tab)
    if (this.result && key === this.#answered && !this.problem) {
      this.#request?.abort()
      this.loading = false
      return
    }
    this.#request?.abort()
    const request = (this.#request = new AbortController())
    this.problem = null
    this.scrolled = 0
    if (!asked) {
      this.result = null
      this.#answered = ''
      this.loading = false
      return
    }
    this.loading = true
    try {
      const result = await find(asked, tab, request.signal)
      if (request !== this.#request) return
      this.result = result
      this.#answered = key
      this.problem = result.tab !== '' ? result.list.problem : null
    } catch (error) {
      if (request === this.#request) this.problem = Problem.from(error)
    }
    if (request === this.#request) this.loading = false
  }
}

async function find(text: string, tab: Tab, signal: AbortSignal): Promise<Result> {
  if (tab === '') return { tab, each: await searchEach(text, signal) }
  const seen = new Set<string>()
  const list = new Paged<Found>(async (cursor) => {
    const { items, next } = await searchKind(text, tab, cursor, cursor === null ? signal : undefined)
    // The order may change between two pages; a list of keyed items must not have one twice.
    const fresh = items.filter((one) => !seen.has(keyOf(one)) && seen.add(keyOf(one)))
    return { items: fresh, next: fresh.length ? next : null }
  })
  await list.more()
  return { tab, list }
}

/** Kept while the site is open. */
export const search = new SearchState()
