/**
 * A caption or comment in parts: words as they are, hashtags and mentions. The server finds the same ones
 * (vod/catalogue/tags.py and mentions.py).
 */
export interface CaptionPart {
  text: string
  /** Without its `#`; empty for anything else. */
  tag: string
  /** The handle of a mention; empty for anything else. */
  handle: string
}

const LINK = /#[\p{L}\p{N}\p{M}_\u200c\u200d]+|@[A-Za-z][A-Za-z0-9_.]{1,22}[A-Za-z0-9_](?![\p{L}\p{N}_])/gu
/** Behind one of these an @ mentions nobody: it is an address, or a part of one. */
const JOINED = /[\p{L}\p{N}_.@/]$/u

export function captionParts(caption: string): CaptionPart[] {
  const parts: CaptionPart[] = []
  let end = 0
  const add = (text: string, tag = '', handle = '') => text && parts.push({ text, tag, handle })
  for (const { 0: found, index } of caption.matchAll(LINK)) {
    const before = caption.slice(0, index)
    if (found.startsWith('@') && JOINED.test(before)) continue
    add(caption.slice(end, index))
    if (found.startsWith('@')) add(found, '', found.slice(1).toLowerCase())
    else add(found, found.slice(1))
    end = index + found.length
  }
  add(caption.slice(end))
  return parts
}
