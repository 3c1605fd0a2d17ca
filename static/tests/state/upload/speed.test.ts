import { expect, test } from 'vitest'
import { Speed } from '../../../src/state/upload/speed'

test('the speed of a resumed upload is that of what is sent now', () => {
  const speed = new Speed()
  speed.add(0, 100_000_000)
  expect(speed.bytesPerSecond).toBe(0)
  speed.add(1000, 101_000_000)
  expect(speed.bytesPerSecond).toBe(1_000_000)
})
