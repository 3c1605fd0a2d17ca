import { expect, test } from 'vitest'
import { byKind } from '../../../src/state/feed/interests.svelte'

test('interests are grouped by kind, the strongest first, and kinds without any are left out', () => {
  const items = [
    { kind: 'mood', key: 'calm', weight: 1 },
    { kind: 'creator', key: 'ada', weight: 1 },
    { kind: 'hashtag', key: 'dogs', weight: -2 },
    { kind: 'hashtag', key: 'cats', weight: 3 },
  ]
  expect(byKind(items).map(({ kind, items }) => [kind, items.map(({ key }) => key)])).toEqual([
    ['hashtag', ['cats', 'dogs']],
    ['creator', ['ada']],
    ['mood', ['calm']],
  ])
})
