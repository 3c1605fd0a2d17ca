import { afterEach, expect, test, vi } from 'vitest'
import { follow } from '../../src/api/people'
import { buy } from '../../src/api/money'
import { rooms } from '../../src/api/rooms'

const sent = vi.fn<typeof fetch>(async () => new Response(null, { status: 204 }))
vi.stubGlobal('fetch', sent)
afterEach(() => sent.mockClear())

test('parameters of an address are filled in and escaped', async () => {
  await follow('ada/../bo', true)
  expect(sent).toHaveBeenCalledWith('/api/people/ada%2F..%2Fbo/follow', expect.objectContaining({ method: 'PUT' }))
})
test('query parameters that are null are left out', async () => {
  await rooms({ state: 'live', cursor: null, limit: 5 })
  expect(sent).toHaveBeenCalledWith('/api/rooms?state=live&limit=5', expect.objectContaining({ method: 'GET' }))
})
test('a body is sent as JSON, with the headers of the operation', async () => {
  await buy('small', 'key-1')
  const [, init] = sent.mock.calls[0]!
  expect(init).toMatchObject({ method: 'POST', body: '{"pack":"small"}', headers: { 'Content-Type': 'application/json', 'Idempotency-Key': 'key-1' } })
})
