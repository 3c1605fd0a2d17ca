import { afterEach, expect, test, vi } from 'vitest'
import { call, confirming, query } from '../../src/api/http'

const needed = () => new Response(JSON.stringify({ code: 'step_up_needed', detail: '' }), { status: 403 })
afterEach(() => {
  vi.unstubAllGlobals()
  confirming.ask = null
})

test('empty parameters are left out of a query', () => {
  expect(query('/api/rooms', { state: 'live', cursor: null, limit: 5, host: undefined })).toBe('/api/rooms?state=live&limit=5')
})

test('what needs a confirmation is sent again, with the same body and key, once it was given', async () => {
  const fetched = vi.fn<typeof fetch>().mockResolvedValueOnce(needed()).mockResolvedValueOnce(new Response('{"id":"p"}'))
  vi.stubGlobal('fetch', fetched)
  confirming.ask = () => Promise.resolve(true)
  const options = { body: { amount_minor: 5 }, headers: { 'Idempotency-Key': 'k' } }
  expect(await call('POST', '/api/wallet/payouts', options)).toEqual({ id: 'p' })
  expect(fetched).toHaveBeenCalledTimes(2)
  expect(fetched.mock.calls[1]).toEqual(fetched.mock.calls[0])
})

test('whoever does not confirm gets the refusal', async () => {
  const fetched = vi.fn<typeof fetch>().mockImplementation(() => Promise.resolve(needed()))
  vi.stubGlobal('fetch', fetched)
  confirming.ask = () => Promise.resolve(false)
  await expect(call('DELETE', '/api/security/totp')).rejects.toMatchObject({ code: 'step_up_needed', status: 403 })
  expect(fetched).toHaveBeenCalledTimes(1)
})
