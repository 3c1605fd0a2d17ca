import { describe, expect, test } from 'vitest'
import { Problem } from '../../src/api/problem'

describe('problems', () => {
  test('carry the code, the status and how long to wait', async () => {
    const response = new Response(JSON.stringify({ code: 'rate_exceeded', detail: 'slow down' }), { status: 429, headers: { 'Retry-After': '3' } })
    expect(await Problem.read(response)).toMatchObject({ code: 'rate_exceeded', status: 429, retryAfterSeconds: 3, message: 'slow down' })
  })
  test('a proxy that answers with a page is a problem too', async () => {
    expect(await Problem.read(new Response('<html>', { status: 502 }))).toMatchObject({ code: 'http_502', status: 502 })
  })
})
