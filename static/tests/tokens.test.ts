import { describe, expect, test } from 'vitest'

/**
 * Colours are named in src/tokens.css only. Exempt, because they are not part of the interface's own styles:
 * the art in public/gifts and the mark in public (SVG files), and what a browser reads before any style sheet:
 * index.html and public/manifest.webmanifest.
 */
const files = import.meta.glob<string>(['../src/**/*.{css,svelte,ts}', '!../src/tokens.css', '!../src/api/schema.ts'], { query: '?raw', import: 'default', eager: true })

const HEX = /#(?:[0-9a-f]{8}|[0-9a-f]{6}|[0-9a-f]{3,4})(?![\w-])/gi
const FUNCTION = /(?<![-\w.])(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch|color)\(/gi
const NAMES =
  'aliceblue antiquewhite aqua aquamarine azure beige bisque black blanchedalmond blue blueviolet brown burlywood cadetblue chartreuse chocolate coral cornflowerblue cornsilk crimson cyan darkblue darkcyan darkgoldenrod darkgray darkgreen darkgrey darkkhaki darkmagenta darkolivegreen darkorange darkorchid darkred darksalmon darkseagreen darkslateblue darkslategray darkslategrey darkturquoise darkviolet deeppink deepskyblue dimgray dimgrey dodgerblue firebrick floralwhite forestgreen fuchsia gainsboro ghostwhite gold goldenrod gray green greenyellow grey honeydew hotpink indianred indigo ivory khaki lavender lavenderblush lawngreen lemonchiffon lightblue lightcoral lightcyan lightgoldenrodyellow lightgray lightgreen lightgrey lightpink lightsalmon lightseagreen lightskyblue lightslategray lightslategrey lightsteelblue lightyellow lime limegreen linen magenta maroon mediumaquamarine mediumblue mediumorchid mediumpurple mediumseagreen mediumslateblue mediumspringgreen mediumturquoise mediumvioletred midnightblue mintcream mistyrose moccasin navajowhite navy oldlace olive olivedrab orange orangered orchid palegoldenrod palegreen paleturquoise palevioletred papayawhip peachpuff peru pink plum powderblue purple rebeccapurple red rosybrown royalblue saddlebrown salmon sandybrown seagreen seashell sienna silver skyblue slateblue slategray slategrey snow springgreen steelblue tan teal thistle tomato turquoise violet wheat white whitesmoke yellow yellowgreen'
const NAME = new RegExp(`(?<![-\\w.#@/])(?:${NAMES.replaceAll(' ', '|')})(?![-\\w(])`, 'gi')

const matches = (text: string, ...patterns: RegExp[]) => patterns.flatMap((pattern) => text.match(pattern) ?? [])

/** In a style sheet: anywhere in the value of a declaration. */
function inStyles(css: string): string[] {
  const declarations = css.replace(/\/\*[\s\S]*?\*\//g, '').match(/[-\w]+\s*:[^;{}]*(?=[;}])/g) ?? []
  return declarations.flatMap((declaration) => matches(declaration.slice(declaration.indexOf(':')), HEX, FUNCTION, NAME))
}
/** In a program: in its strings, where `#` cannot be the start of a private name. */
function inScript(code: string): string[] {
  const strings = code.replace(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$/gm, '').match(/'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g) ?? []
  return strings.flatMap((text) => [...matches(text, HEX, FUNCTION), ...(matches(text, NAME)[0] === text.slice(1, -1) ? [text] : [])])
}
/** In markup: in the attributes that paint, and in `style:` directives. */
function inMarkup(html: string): string[] {
  const painted = html.match(/(?<=[\s"])(?:fill|stroke|stop-color|flood-color|color|background|style(?::[-\w]+)?)=(?:"[^"]*"|'[^']*'|\{[^}]*\})/g) ?? []
  return painted.flatMap((attribute) => matches(attribute.slice(attribute.indexOf('=')), HEX, FUNCTION, NAME))
}

function coloursIn(name: string, source: string): string[] {
  if (name.endsWith('.css')) return inStyles(source)
  if (name.endsWith('.ts')) return inScript(source)
  const part = (tag: string) => [...source.matchAll(new RegExp(`<${tag}[^>]*>([\\s\\S]*?)</${tag}>`, 'g'))].map((found) => found[1]).join('\n')
  const markup = source.replace(/<(script|style)[^>]*>[\s\S]*?<\/\1>|<!--[\s\S]*?-->/g, '')
  return [...inScript(part('script')), ...inStyles(part('style')), ...inMarkup(markup)]
}

test('there is something to search', () => {
  expect(files['../src/base.css']).toContain('var(--ground)')
  expect(Object.keys(files).length).toBeGreaterThan(100)
})
test.each(Object.entries(files))('%s names no colour', (name, source) => {
  expect(coloursIn(name, source)).toEqual([])
})

describe('the search', () => {
  test.each([
    ['a.css', 'a { color: #fff; }'],
    ['a.css', 'a:hover { box-shadow: 0 0 1px rgb(0 0 0 / 50%) }'],
    ['a.css', 'a { background: linear-gradient(to top, var(--gold), tomato) }'],
    ['a.ts', "const ground = '#0e0b14'"],
    ['a.ts', "style.color = 'white'"],
    ['a.svelte', '<circle r="1" fill="#ffc247" />'],
    ['a.svelte', '<i style:color="red"></i>'],
    ['a.svelte', '<p>hi</p>\n<style>\n  p { color: hsl(1 2% 3%); }\n</style>'],
  ])('finds a colour in %s: %s', (name, source) => {
    expect(coloursIn(name, source)).not.toEqual([])
  })
  test.each([
    ['a.css', '.gold { color: var(--gold); white-space: nowrap; mask: url(#a); background: color-mix(in srgb, var(--red-text) 14%, transparent) }'],
    ['a.ts', "this.#add(1); location.hash = '#start'; say('a red rose')"],
    ['a.svelte', '<a class="gold" href="#main">{t.red}</a>'],
  ])('finds none in %s: %s', (name, source) => {
    expect(coloursIn(name, source)).toEqual([])
  })
})
