/** By then it is done, however busy the page is. */
const IDLE_MS_MAX = 1500

/** Does something when the page has nothing else to do: what nobody waits for, such as looking something up. */
export function whenIdle(act: () => void): () => void {
  if (typeof requestIdleCallback !== 'function') {
    const timer = setTimeout(act, IDLE_MS_MAX) // Safari
    return () => clearTimeout(timer)
  }
  const handle = requestIdleCallback(act, { timeout: IDLE_MS_MAX })
  return () => cancelIdleCallback(handle)
}
