/** A caption in parts: words as they are, and hashtags. The server finds the same hashtags (vod/catalogue/tags.py). */
export interface CaptionPart {
  text: string
  /** Without its `#`; empty for words. */
  tag: string
}

export function captionParts(caption: string): CaptionPart[] {
  return caption
    .split(/(#[\p{L}\p{N}\p{M}_\u200c\u200d]+)/u)
    .map((text, index) => ({ text, tag: index % 2 ? text.slice(1) : '' }))
    .filter(({ text }) => text)
}
