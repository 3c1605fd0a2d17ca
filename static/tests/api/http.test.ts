import { expect, test } from 'vitest'
import { query } from '../../src/api/http'

test('empty parameters are left out of a query', () => {
  expect(query('/api/rooms', { state: 'live', cursor: null, limit: 5, host: undefined })).toBe('/api/rooms?state=live&limit=5')
})
