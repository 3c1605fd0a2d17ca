import { afterEach, expect, test, vi } from 'vitest'
import { wallet } from '../../../src/state/wallet/wallet.svelte'

/** Buys once for each answer; returns the idempotency keys that were sent. */
async function keysOf(pack: string, answers: readonly (Response | Error)[]): Promise<(string | null)[]> {
  const keys: (string | null)[] = []
  const left = [...answers]
  vi.stubGlobal('fetch', (_url: string, init: RequestInit) => {
    keys.push(new Headers(init.headers).get('Idempotency-Key'))
    const answer = left.shift()
    return answer instanceof Response ? Promise.resolve(answer) : Promise.reject(answer)
  })
  for (const _ of answers) await wallet.buy(pack).catch(() => undefined)
  return keys
}
const problem = (status: number, code: string) => Response.json({ type: '', title: '', status, detail: '', code }, { status })

afterEach(() => vi.unstubAllGlobals())

test('a purchase that may have happened is repeated with its key', async () => {
  const unsure = [new TypeError('offline'), new Response('Gateway Timeout', { status: 504 }), problem(503, 'unavailable')]
  const keys = await keysOf('a', [...unsure, problem(503, 'unavailable')])
  expect(keys[0]).toBeTruthy()
  expect(new Set(keys).size).toBe(1)
})

test('a purchase that was refused, or that is complete, leaves no key behind', async () => {
  const bought = Response.json({ id: 'p', state: 'pending', checkout_url: '' })
  const keys = await keysOf('b', [problem(403, 'adults_only'), bought, problem(403, 'adults_only')])
  expect(new Set(keys).size).toBe(3)
})
