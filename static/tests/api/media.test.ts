import { expect, test } from 'vitest'
import { linked } from '../../src/api/media'

test('the door for choosing is found among links', () => {
  const relation = 'urn:ietf:params:whep:ext:core:layer'
  expect(linked(`</live/r/whep/s/layer>; rel="${relation}"`, relation)).toBe('/live/r/whep/s/layer')
  expect(linked(`<stun:x>; rel="ice-server", <a/layer>;events="layers"; rel="other ${relation}"`, relation)).toBe('a/layer')
  expect(linked(`<x>; rel=${relation}`, relation)).toBe('x')
  expect(linked('<x>; rel="ice-server"', relation)).toBeNull()
  expect(linked('', relation)).toBeNull()
})
