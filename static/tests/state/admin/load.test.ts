import { expect, test } from 'vitest'
import type { Overview, RoomOverview } from '../../../src/api/overview'
import type { Health } from '../../../src/api/rooms'
import { lossOf, point } from '../../../src/state/admin/load'

const room = (health: Partial<Health>): RoomOverview => ({ room: 'r', title: '', host: { id: 'h', handle: 'h', name: '' }, health: { bitrate_bps: 0, packets: 0, lost: 0, ...health } as Health })
const reading = (at: number, change: Partial<Overview>) => ({
  at,
  overview: { fanout: 'Python', cpu_percent: 12.5, publishers: 1, viewers: 3, viewers_losing: 1, packets_in: 0, packets_out: 0, rooms: [], ...change },
})

test('packets become rates, and a node that began anew has none', () => {
  const before = reading(1000, { packets_out: 1000 })
  expect(point(null, before).packetsOut).toBe(0)
  expect(point(before, reading(3000, { packets_out: 5000 }))).toMatchObject({ packetsOut: 2000, publishers: 1, viewers: 3, losing: 1, cpuPercent: 12.5 })
  expect(point(before, reading(2000, { packets_out: 10 })).packetsOut).toBe(0)
})
test('bits are measured where the server counts bytes, and otherwise reckoned from who watches what', () => {
  const layer = (bitrate_bps: number, viewers: number) => ({ layer: 'x', bitrate_bps, viewers, frames_per_second: 30, packets: 0, lost: 0 })
  const rooms = [room({ bitrate_bps: 2_000_000, viewers: 3, layers: [layer(1_500_000, 1), layer(500_000, 2)] }), room({ bitrate_bps: 1_000_000, viewers: 4 })]
  expect(point(null, reading(0, { rooms }))).toMatchObject({ bitsIn: 3_000_000, bitsOut: 6_500_000 })
  const [before, now] = [reading(0, { rooms, bytes_in: 0, bytes_out: 100 }), reading(1000, { rooms, bytes_in: 10, bytes_out: 300 })]
  expect(point(before, now)).toMatchObject({ bitsIn: 80, bitsOut: 1600 })
})
test('loss is that of the last second', () => {
  const before = reading(0, { rooms: [room({ packets: 1000, lost: 100 })] }).overview
  expect(lossOf(before, room({ packets: 1090, lost: 110 }))).toBe(0.1)
  expect(lossOf(before, room({ packets: 50, lost: 0 })), 'another publisher').toBe(0)
  expect(lossOf(null, room({ packets: 90, lost: 10 }))).toBe(0.1)
  expect(lossOf(null, room({}))).toBe(0)
})
