import { expect, test } from 'vitest'
import { uuid } from '../../src/wire/uuid'

test('a UUID is one with and without the browser’s own', () => {
  const form = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
  expect(uuid()).toMatch(form)
  const own = Object.getOwnPropertyDescriptor(Crypto.prototype, 'randomUUID')!
  delete (Crypto.prototype as Partial<Crypto>).randomUUID
  try {
    expect(uuid()).toMatch(form)
    expect(uuid()).not.toBe(uuid())
  } finally {
    Object.defineProperty(Crypto.prototype, 'randomUUID', own)
  }
})
