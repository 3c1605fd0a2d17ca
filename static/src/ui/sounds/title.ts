import type { Messages } from '../../i18n/en'

/** What its owner has named a sound, or the name it has by itself, in the reader's language. */
export function soundTitle(sound: { title: string; named: boolean; by: { name: string; handle: string } | null }, t: Messages['sounds']): string {
  if (sound.named) return sound.title
  return sound.by ? t.original(sound.by.name || sound.by.handle) : t.originalOf
}
