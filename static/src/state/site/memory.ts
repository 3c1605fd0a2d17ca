/** What this browser remembers. Private windows may refuse storage; then nothing is remembered. */
const PREFIX = 'cadeau.'

export function recall(key: string): string | null {
  try {
    return localStorage.getItem(PREFIX + key)
  } catch {
    return null
  }
}

export function remember(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(PREFIX + key)
    else localStorage.setItem(PREFIX + key, value)
  } catch {
    // Then it is not remembered.
  }
}

/** What belongs to the browser, whoever uses it: its looks, and what it was allowed. */
const OF_THE_BROWSER = ['language', 'push', 'quality', 'sound', 'takeover', 'theme']
const OWNER = 'owner'
/** In the tab's own storage: that it was reloaded for a new build (worker.ts), lest it does that for ever. */
const OF_THE_TAB = 'cadeau.reloaded'
const BUILDS = 'cadeau-build-'
/** Told when everything personal is forgotten: what is kept in memory has to go, too. */
export const FORGOTTEN = 'cadeau.forgotten'

/** Who is signed in now; null: nobody. What somebody else has left here goes, also what an ended session has. */
export function belongsTo(person: string | null): void {
  const before = recall(OWNER)
  if (before !== null && before !== person) forget()
  remember(OWNER, person)
}

/** Searches, drafts, addresses, what another app has shared: all that is personal in this browser. */
export function forget(): void {
  for (const key of keysOf(() => localStorage)) if (!OF_THE_BROWSER.includes(key.slice(PREFIX.length))) localStorage.removeItem(key)
  for (const key of keysOf(() => sessionStorage)) if (key !== OF_THE_TAB) sessionStorage.removeItem(key)
  void forgetFiles().catch(() => undefined)
  dispatchEvent(new Event(FORGOTTEN))
}

function keysOf(storage: () => Storage): string[] {
  try {
    return Object.keys(storage()).filter((key) => key.startsWith(PREFIX))
  } catch {
    return []
  }
}

async function forgetFiles(): Promise<void> {
  if (!globalThis.caches) return
  const personal = (await caches.keys()).filter((name) => !name.startsWith(BUILDS))
  await Promise.all(personal.map((name) => caches.delete(name)))
}
