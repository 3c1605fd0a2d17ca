import { describe, expect, test } from 'vitest'
import { match, route, safeNext } from '../src/router'

describe('router', () => {
  const load = async () => ({ default: (() => ({})) as never })
  const routes = [route('feed', '/', load), route('room', '/room/:id', load), route('profile', '/@:handle', load)]

  test('finds a page and its parameters', () => {
    expect(match(routes, '/')?.route.name).toBe('feed')
    expect(match(routes, '/room/abc')?.params).toEqual({ id: 'abc' })
    expect(match(routes, '/@ada.l/')?.params).toEqual({ handle: 'ada.l' })
    expect(match(routes, '/room/abc/more')).toBeNull()
    expect(match(routes, '/rooms')).toBeNull()
  })
  test('a broken escape is a parameter, not a fault', () => {
    expect(match(routes, '/room/%E0%A4%A')?.params).toEqual({ id: '%E0%A4%A' })
  })
  test('signing in leads on to this site only', () => {
    expect(safeNext('?next=%2Froom%2Fabc%3Fx%3D1')).toBe('/room/abc?x=1')
    for (const evil of ['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)', '']) {
      expect(safeNext(`?next=${encodeURIComponent(evil)}`)).toBe('/')
    }
  })
})
