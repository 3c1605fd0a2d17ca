/** Rules that every component keeps, read from its source. */
import { describe, expect, test } from 'vitest'

const sources = import.meta.glob<string>('../../src/**/*.svelte', { query: '?raw', import: 'default', eager: true })
const components = Object.entries(sources).map(([path, whole]) => ({
  name: path.replace('../../src/', ''),
  markup: whole.replace(/<script[\s\S]*?<\/script>/g, '').replace(/<style[\s\S]*?<\/style>/g, '').replace(/<!--[\s\S]*?-->/g, ''),
}))
/** An opening tag, with attributes that contain `>` in an arrow function. */
const tags = (markup: string, element: string) => [...markup.matchAll(new RegExp(`<${element}\\b(?:=>|[^>])*>`, 'g'))].map(([tag]) => tag)
const broken = (rule: (markup: string) => string[]) => components.flatMap(({ name, markup }) => rule(markup).map((where) => `${name}: ${where.slice(0, 100)}`))

describe('components', () => {
  test('there are some', () => expect(components.length).toBeGreaterThan(40))

  test('what people type has the direction of its own letters', () => {
    const typed = (tag: string) => !/type="(range|radio|file|date|color|checkbox)"|readonly|type=\{/.test(tag)
    expect(broken((markup) => [...tags(markup, 'input'), ...tags(markup, 'textarea')].filter((tag) => typed(tag) && !tag.includes('dir="auto"')))).toEqual([])
  })

  test('what people have written has the direction of its own letters', () => {
    /** A person's own words, shown on their own: `{room.title}`, `{comment.text}`. */
    const SHOWN = />\{[\w.?]*(?:\.(?:name \|\| [\w.]*handle|caption|bio|title \|\|[^}]*|title \?\?[^}]*)|(?:comment|line)\.text|hostName)\}/g
    const undirected = (markup: string) =>
      [...markup.matchAll(SHOWN)].filter(({ index }) => !/dir="auto"[^<]*$|<bdi$/.test(markup.slice(0, index))).map(([text]) => text)
    expect(broken(undirected)).toEqual([])
  })

  test('texts come from the languages, so that all of them are translated', () => {
    const words = (markup: string) =>
      [...markup.replace(/\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}/g, '{}').matchAll(/>([^<>{}]*\p{L}{2,}[^<>{}]*)</gu)].map(([, text]) => text!.trim())
    expect(broken(words).filter((found) => !found.endsWith(': Cadeau'))).toEqual([])
  })

  test('punctuation after a text belongs to the text, because French sets it differently', () => {
    expect(broken((markup) => [...markup.matchAll(/\}[:!?;](?=[\s<"])/g)].map(({ index }) => markup.slice(Math.max(0, index - 40), index + 2)))).toEqual([])
  })

  test('words that only screen readers say do not run into what follows', () => {
    const glued = /<span class="sr"[^>]*>(?:[^<])*<\/span>(?:\{(?!' '|\/|:|#)|<(?!\/)|\w)/g
    expect(broken((markup) => [...markup.matchAll(glued)].map(([text]) => text))).toEqual([])
  })
})
