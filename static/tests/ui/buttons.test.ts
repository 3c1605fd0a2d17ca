import { parse, type AST } from 'svelte/compiler'
import { expect, test } from 'vitest'

/**
 * A button without a type submits the form around it, which may be in another component. One that showed a stream key
 * went live that way. So every button says what it is, and every form has exactly one that submits it.
 */
const files = import.meta.glob<string>('../../src/**/*.svelte', { query: '?raw', import: 'default', eager: true })

/** `inForm`: in a form of the same component. */
interface Button {
  type: string | null
  inForm: boolean
}
interface Found {
  buttons: Button[]
  /** How many buttons submit each form. */
  forms: number[]
}

function read(source: string): Found {
  const found: Found = { buttons: [], forms: [] }
  walk(parse(source, { modern: true }).fragment, null, found)
  return found
}
function walk(node: unknown, form: number | null, found: Found): void {
  if (Array.isArray(node)) return node.forEach((one) => walk(one, form, found))
  if (!node || typeof node !== 'object') return
  const element = node as AST.RegularElement
  if (element.type === 'RegularElement' && element.name === 'form') form = found.forms.push(0) - 1
  if (element.type === 'RegularElement' && element.name === 'button') {
    const type = typeOf(element)
    found.buttons.push({ type, inForm: form !== null })
    if (type === 'submit' && form !== null) found.forms[form]! += 1
  }
  for (const child of Object.values(node)) walk(child, form, found)
}
/** Null unless it is written out: a type that is computed may become another one. */
function typeOf(button: AST.RegularElement): string | null {
  for (const attribute of button.attributes) {
    if (attribute.type !== 'Attribute' || attribute.name !== 'type' || !Array.isArray(attribute.value)) continue
    const [text] = attribute.value
    if (text?.type === 'Text') return text.data
  }
  return null
}
function wrong(source: string): string[] {
  const { buttons, forms } = read(source)
  return [
    ...buttons.filter(({ type }) => type !== 'button' && type !== 'submit').map(() => 'a button without a type'),
    ...buttons.filter(({ type, inForm }) => type === 'submit' && !inForm).map(() => 'a submit button outside a form'),
    ...forms.filter((count) => count !== 1).map((count) => `a form with ${count} submit buttons`),
  ]
}

test.each(Object.entries(files))('%s: every button says what it is', (_, source) => {
  expect(wrong(source)).toEqual([])
})
test('buttons and forms are found', () => {
  const all = Object.values(files).map(read)
  expect(all.flatMap(({ buttons }) => buttons).length).toBeGreaterThan(80)
  expect(all.flatMap(({ forms }) => forms).length).toBeGreaterThan(3)
})
test.each([
  ['<button onclick={() => a > b}>x</button>', ['a button without a type']],
  ['<form>{#if a}<button {type}>x</button>{/if}<button type="submit">y</button></form>', ['a button without a type']],
  ['<button type="submit">x</button>', ['a submit button outside a form']],
  ['<form><button type="submit">x</button><button type="submit">y</button></form>', ['a form with 2 submit buttons']],
  ['<form><button type="button">x</button></form>', ['a form with 0 submit buttons']],
])('the search reports %s', (source, expected) => {
  expect(wrong(source)).toEqual(expected)
})
