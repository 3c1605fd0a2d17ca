import { expect, test } from 'vitest'
import { whereToAllow } from '../../src/rtc/refused'

const MAC = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit'
const agents = {
  chromium: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
  android: 'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36',
  iphone: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1',
  firefox: 'Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0',
  safari: `${MAC}/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15`,
}

test.each(Object.entries(agents))('on %s people allow the camera where it has the setting', (place, agent) => {
  expect(whereToAllow(agent, 0, 'Permission denied')).toBe(place)
})
test('an iPad that calls itself a Mac is one', () => {
  expect(whereToAllow(agents.safari, 5, 'denied')).toBe('iphone')
})
test('what the system refuses is allowed in the system', () => {
  expect(whereToAllow(agents.chromium, 0, 'Permission denied by system')).toBe('system')
})
