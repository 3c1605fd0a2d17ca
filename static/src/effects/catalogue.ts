/** The effects that come with the client, in the order in which they are offered. */
import type { Effect } from './effect'

const files = import.meta.glob<Effect>('./data/*.json', { eager: true, import: 'default' })

export const effects: readonly Effect[] = Object.keys(files)
  .sort()
  .map((name) => files[name]!)
