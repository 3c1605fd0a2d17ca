import { expect, test } from 'vitest'
import { captionParts } from '../../../src/ui/feed/caption'

const tags = (caption: string) => captionParts(caption).flatMap(({ tag }) => tag || [])

test('a caption is its words and its hashtags, and nothing is lost', () => {
  const caption = 'A #rainy day, #Été2026! #_x # alone ##twice #a#b'
  expect(tags(caption)).toEqual(['rainy', 'Été2026', '_x', 'twice', 'a', 'b'])
  expect(captionParts(caption).map(({ text }) => text).join('')).toBe(caption)
})

test('hashtags may be of any script, with its marks', () => {
  expect(tags('#हिन्दी #שלום #日本語 #می‌خواهم')).toEqual(['हिन्दी', 'שלום', '日本語', 'می‌خواهم'])
})

test('mentions are handles, as the server finds them', () => {
  const handles = (caption: string) => captionParts(caption).flatMap(({ handle }) => handle || [])
  expect(handles('Hi @Ann, @bob_2 and @c.d.e. (@ann)')).toEqual(['ann', 'bob_2', 'c.d.e', 'ann'])
  expect(handles('ann@example.org @@ann @an @1ann @anné https://x.test/@ann @')).toEqual([])
  expect(handles(`@${'a'.repeat(24)} @${'b'.repeat(25)}`)).toEqual(['a'.repeat(24)])
  const caption = 'To ann@x.org and @ann #tag'
  expect(captionParts(caption).map(({ text }) => text).join('')).toBe(caption)
})
