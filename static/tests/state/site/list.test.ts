import { describe, expect, test } from 'vitest'
import { Problem } from '../../../src/api/problem'
import { Paged } from '../../../src/state/site/list.svelte'

describe('lists', () => {
  test('pages follow each other to the end', async () => {
    const pages: Record<string, { items: number[]; next: string | null }> = { first: { items: [1, 2], next: 'more' }, more: { items: [3], next: null } }
    const list = new Paged<number>(async (cursor) => pages[cursor ?? 'first']!)
    await list.more()
    expect(list.ended).toBe(false)
    await list.more()
    await list.more()
    expect(list.items).toEqual([1, 2, 3])
    expect(list.ended).toBe(true)
  })
  test('a failure can be tried again where it happened', async () => {
    let broken = true
    const list = new Paged<number>(async () => {
      if (broken) throw new Problem('offline', '')
      return { items: [1], next: null }
    })
    await list.more()
    expect(list.problem?.code).toBe('offline')
    broken = false
    await list.more()
    expect(list.items).toEqual([1])
    expect(list.problem).toBeNull()
  })
  test('who asks while a page is under way waits for it', async () => {
    const waiting: ((page: { items: number[]; next: null }) => void)[] = []
    const list = new Paged<number>(() => new Promise((resolve) => waiting.push(resolve)))
    void list.more()
    let heard = false
    const second = list.more().then(() => (heard = true))
    await Promise.resolve()
    expect(heard).toBe(false)
    waiting[0]?.({ items: [1], next: null })
    await second
    expect(waiting.length).toBe(1)
    expect(list.items).toEqual([1])
  })
  test('an answer that comes after a reset is not mixed in', async () => {
    const waiting: ((page: { items: number[]; next: null }) => void)[] = []
    const list = new Paged<number>(() => new Promise((resolve) => waiting.push(resolve)))
    const old = list.more()
    const fresh = list.reset()
    waiting[1]?.({ items: [2], next: null })
    await fresh
    waiting[0]?.({ items: [1], next: null })
    await old
    expect(list.items).toEqual([2])
  })
})
