import { describe, expect, test } from 'vitest'
import { en } from '../../src/i18n/en'
import { fr } from '../../src/i18n/fr'

describe('languages', () => {
  const keys = (value: object, path = ''): string[] =>
    Object.entries(value).flatMap(([key, inner]) => (typeof inner === 'object' && inner ? keys(inner as object, `${path}${key}.`) : [`${path}${key}:${typeof inner}`]))

  test('French has every word English has, and no other', () => {
    expect(keys(fr).sort()).toEqual(keys(en).sort())
  })
  test('no word is empty', () => {
    const empty = (value: object): boolean => Object.values(value).some((inner) => inner === '' || (typeof inner === 'object' && inner !== null && empty(inner as object)))
    expect(empty(en) || empty(fr)).toBe(false)
  })
})
