import type { Rendition } from '../../api/videos'

/** The smallest rendition that fills the stage and needs at most two thirds of the bandwidth. */
export function chooseRendition(renditions: Rendition[], stagePixels: number, downlinkMbit = Infinity): Rendition | undefined {
  const rising = [...renditions].sort((a, b) => a.width * a.height - b.width * b.height)
  const affordable = rising.filter((one) => one.bits_per_second * 1.5 <= downlinkMbit * 1e6)
  const candidates = affordable.length ? affordable : rising.slice(0, 1)
  return candidates.find((one) => Math.min(one.width, one.height) >= stagePixels) ?? candidates.at(-1)
}

const SLOW_MBIT = 1.5
/** What the page's own files have shown of the line, as far as it is slow: fast files are too short to measure. */
function measuredMbit(): number {
  const files = (performance.getEntriesByType('resource') as PerformanceResourceTiming[]).filter((one) => one.transferSize > 4096 && one.name.includes('/assets/'))
  if (!files.length) return Infinity
  const bytes = files.reduce((sum, one) => sum + one.transferSize, 0)
  const ms = Math.max(...files.map((one) => one.responseEnd)) - Math.min(...files.map((one) => one.responseStart))
  const mbit = (bytes * 8) / 1000 / Math.max(1, ms)
  return mbit < SLOW_MBIT ? mbit : Infinity
}

export function downlinkMbit(): number {
  const connection = (navigator as { connection?: { downlink?: number; saveData?: boolean } }).connection
  if (connection?.saveData) return 0.5
  // Browsers report at most 10, so 10 means "10 or more".
  return Math.min(connection?.downlink && connection.downlink < 10 ? connection.downlink : Infinity, measuredMbit())
}
