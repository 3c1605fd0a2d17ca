/** What a node carries, as points of graphs: rates out of totals that only grow. */
import type { Overview, RoomOverview } from '../../api/overview'
import type { Health } from '../../api/rooms'

export interface Point {
  publishers: number
  viewers: number
  losing: number
  /** bit/s */
  bitsIn: number
  bitsOut: number
  /** per second */
  packetsOut: number
  cpuPercent: number
}
export interface Reading {
  /** ms of a clock that only goes forward */
  at: number
  overview: Overview
}

/** The first reading has no rates; one of a node that began anew in between has none either. */
export function point(before: Reading | null, now: Reading): Point {
  const { overview } = now
  const seconds = before ? Math.max(0.001, (now.at - before.at) / 1000) : 0
  const rate = (pick: (one: Overview) => number | undefined): number | null => {
    const [then, value] = [before && pick(before.overview), pick(overview)]
    return then == null || value === undefined || value < then ? null : (value - then) / seconds
  }
  const [bytesIn, bytesOut] = [rate((one) => one.bytes_in), rate((one) => one.bytes_out)]
  return {
    publishers: overview.publishers,
    viewers: overview.viewers,
    losing: overview.viewers_losing,
    bitsIn: bytesIn === null ? sum(overview.rooms.map(({ health }) => health.bitrate_bps)) : bytesIn * 8,
    bitsOut: bytesOut === null ? sum(overview.rooms.map(({ health }) => bitsOutOf(health))) : bytesOut * 8,
    packetsOut: rate((one) => one.packets_out) ?? 0,
    cpuPercent: overview.cpu_percent,
  }
}

/** What leaves for a room's viewers, by what each of them watches. */
function bitsOutOf(health: Health): number {
  const layers = health.layers?.length ? health.layers : [{ bitrate_bps: health.bitrate_bps, viewers: health.viewers ?? 0 }]
  return sum(layers.map((layer) => layer.bitrate_bps * layer.viewers))
}

/** The share of a room's packets that were lost on the way here since the reading before; since the beginning where there is none. */
export function lossOf(before: Overview | null, { room, health }: RoomOverview): number {
  const then = before?.rooms.find((one) => one.room === room)?.health
  const again = !then || health.packets < then.packets
  const came = health.packets - (again ? 0 : then.packets)
  const lost = Math.max(0, health.lost - (again ? 0 : then.lost))
  return came + lost > 0 ? lost / (came + lost) : 0
}

const sum = (values: number[]) => values.reduce((all, one) => all + one, 0)
