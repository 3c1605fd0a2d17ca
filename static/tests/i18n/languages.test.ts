import { describe, expect, test } from 'vitest'
import { en } from '../../src/i18n/en'
import { fr } from '../../src/i18n/fr'

type Text = string | ((...parts: never[]) => string)
type Said = (...parts: unknown[]) => string

/** All texts of a language by their path. */
function texts(value: object, path = ''): [string, Text][] {
  return Object.entries(value).flatMap(([key, inner]) =>
    typeof inner === 'object' && inner ? texts(inner as object, `${path}${key}.`) : [[path + key, inner as Text] as [string, Text]],
  )
}
const LANGUAGES = { en: new Map(texts(en)), fr: new Map(texts(fr)) }
const EACH = Object.entries(LANGUAGES)
const sources = (pattern: RegExp, language: 'en' | 'fr') =>
  [...LANGUAGES[language]].filter(([, text]) => typeof text === 'function' && pattern.test(text.toString()))
/** Texts that are told how many there are. */
const counted = (language: 'en' | 'fr') => sources(/^\(n\b|^n\b/, language).filter(([path]) => path !== 'studio.device')
const HEBREW = 'שלום'

describe('languages', () => {
  test('French has the same texts as English', () => {
    const kinds = (language: 'en' | 'fr') => [...LANGUAGES[language]].map(([path, text]) => `${path}: ${typeof text}`).sort()
    expect(kinds('fr')).toEqual(kinds('en'))
  })

  test.each(EACH)('%s: no text is empty', (_, all) => {
    expect([...all].filter(([, text]) => text === '')).toEqual([])
  })

  test('a text says the same parts in both languages', () => {
    const PARTS = ['‹0›', '‹1›', '‹2›']
    const used = (text: Text | undefined) => (typeof text === 'function' ? PARTS.filter((part) => (text as Said)(...PARTS).includes(part)) : [])
    for (const [path, text] of LANGUAGES.en) expect([path, used(LANGUAGES.fr.get(path))]).toEqual([path, used(text)])
  })

  test('a counted text has the form that the language has for each number', () => {
    const SAME = new Set(['en profile.following', 'en room.newLines'])
    for (const language of ['en', 'fr'] as const) {
      const rules = new Intl.PluralRules(language)
      expect(counted(language).length).toBeGreaterThan(6)
      for (const [path, text] of counted(language)) {
        const form = (n: number) => (text as Said)(n, '#')
        const forms = [0, 1, 2, 5, 11, 21, 1_000_001].map((n) => [rules.select(n), form(n)] as const)
        const [one, other] = (['one', 'other'] as const).map((wanted) => new Set(forms.filter(([rule]) => rule === wanted).map(([, said]) => said)))
        expect([language, path, one!.size, other!.size]).toEqual([language, path, 1, 1])
        if (!SAME.has(`${language} ${path}`)) expect([path, form(1)]).not.toEqual([path, form(2)])
      }
    }
    expect([en.gifts.coins(1, '1'), en.gifts.coins(0, '0'), fr.gifts.coins(0, '0'), fr.gifts.coins(2, '2')]).toEqual(['1 coin', '0 coins', '0 pièce', '2 pièces'])
  })

  test('somebody else’s words inside a sentence are isolated from its direction', () => {
    for (const language of ['en', 'fr'] as const)
      for (const [path, text] of sources(/^\(?(name|title)\b/, language)) {
        if (path === 'admin.fanout') continue // the name of a program
        expect([path, (text as Said)(HEBREW)]).toEqual([path, expect.stringContaining(`\u2068${HEBREW}\u2069`)])
      }
  })

  test('French has a no-break space before its double punctuation and inside its quotation marks', () => {
    const wrong = [...LANGUAGES.fr].filter(([, text]) => /[\p{L}\d ][?!;:»]|« ?[\p{L}$]/u.test(typeof text === 'function' ? (text as Said)('x', 'x') : text))
    expect(wrong.map(([path]) => path)).toEqual([])
  })
})
