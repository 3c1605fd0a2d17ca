import { beforeAll, expect, test, vi } from 'vitest'
import type { BookedEffect } from '../../../src/api/ads/effects'
import type { EffectDraft as Draft } from '../../../src/state/ads/effect-draft.svelte'

let EffectDraft: typeof Draft
beforeAll(async () => {
  vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener: () => undefined }))
  ;({ EffectDraft } = await import('../../../src/state/ads/effect-draft.svelte'))
})
const picture = { picture: 'd', url: '/api/effects/pictures/d', width: 60, height: 40 }

function drafted(change: Partial<Draft>): Draft {
  return Object.assign(new EffectDraft(), { name: 'Bread', category: 'food', picture }, change)
}
/** As the server would give it back. */
function booked(draft: Draft): BookedEffect {
  const terms = draft.terms()
  if (!terms) throw new Error('it is not complete')
  return { ...terms, picture: terms.picture ?? null, file: draft.file } as unknown as BookedEffect
}

test.each([
  { template: 'sticker', where: 'bottomLeft', size: 40 },
  { template: 'sticker', where: 'falling', size: 20 },
  { template: 'face', spot: 'eyes', lift: -10, size: 30 },
  { template: 'frame', frameColour: '#00ff00', frameWidth: 4, where: 'middle' },
  { template: 'colour', tint: '#123456', tintShare: 30, picture: null },
] as Partial<Draft>[])('an effect that is changed goes on where it was: %o', (change) => {
  const before = drafted(change)
  const after = new EffectDraft()
  after.take(booked(before))
  expect(after.look).toEqual(before.look)
  expect(after.terms()).toEqual(before.terms())
})

test('it is complete with what its template needs, and not before', () => {
  expect(drafted({ picture: null }).complete).toBe(false)
  expect(drafted({ template: 'frame', picture: null }).complete).toBe(true)
  expect(drafted({ template: 'colour', picture: null, tintShare: 0 }).complete).toBe(false)
  expect(drafted({ name: ' ' }).complete).toBe(false)
  expect(drafted({ category: '' }).complete).toBe(false)
  expect(drafted({ starts: '2026-11-03', ends: '2026-11-02' }).terms()).toBeNull()
  expect(drafted({ starts: '2026-11-01', ends: '2026-11-02' }).days).toBe(2)
})
