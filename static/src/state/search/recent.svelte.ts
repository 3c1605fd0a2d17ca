import { FORGOTTEN, recall, remember } from '../site/memory'

const RECENT_MAX = 8
const KEY = 'searches'

/** What was searched in this browser. The server keeps no such list. */
class RecentSearches {
  items = $state<string[]>(stored())

  constructor() {
    addEventListener(FORGOTTEN, () => (this.items = []))
  }

  add(text: string): void {
    const said = text.trim()
    if (said) this.#keep([said, ...this.items.filter((one) => one.toLowerCase() !== said.toLowerCase())].slice(0, RECENT_MAX))
  }
  remove(text: string): void {
    this.#keep(this.items.filter((one) => one !== text))
  }
  clear(): void {
    this.#keep([])
  }
  #keep(items: string[]): void {
    this.items = items
    remember(KEY, items.length ? JSON.stringify(items) : null)
  }
}

function stored(): string[] {
  try {
    const kept: unknown = JSON.parse(recall(KEY) ?? '[]')
    return Array.isArray(kept) ? kept.filter((one): one is string => typeof one === 'string').slice(0, RECENT_MAX) : []
  } catch {
    return []
  }
}

export const recent = new RecentSearches()
