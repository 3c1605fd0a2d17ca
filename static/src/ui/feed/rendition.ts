import type { Rendition } from '../../api/videos'

/** The smallest rendition that fills the stage, and that the line can carry with half as much again to spare. */
export function chooseRendition(renditions: Rendition[], stagePixels: number, downlinkMbit = Infinity): Rendition | undefined {
  const rising = [...renditions].sort((a, b) => a.width * a.height - b.width * b.height)
  const affordable = rising.filter((one) => one.bits_per_second * 1.5 <= downlinkMbit * 1e6)
  const candidates = affordable.length ? affordable : rising.slice(0, 1)
  return candidates.find((one) => Math.min(one.width, one.height) >= stagePixels) ?? candidates.at(-1)
}

export function downlinkMbit(): number {
  const connection = (navigator as { connection?: { downlink?: number; saveData?: boolean } }).connection
  if (connection?.saveData) return 0.5
  // Browsers cap the number they tell at 10, so 10 means "at least".
  return connection?.downlink && connection.downlink < 10 ? connection.downlink : Infinity
}
