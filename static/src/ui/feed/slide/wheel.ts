/** One notch of a wheel, or one swipe on a trackpad, moves one slide: the wheel moves slides, not pixels. */
import type { Attachment } from 'svelte/attachments'

/** Wheel events closer together than this are one swipe on a trackpad, or one fast turn of the wheel. */
const SWIPE_GAP_MS = 80
/** How far a swipe has to go to change the slide. */
const SWIPE_PX = 30
const LINE_PX = 16

/** `go`: by 1 or -1. Over comments that scroll, the wheel scrolls them. */
export function wheel(go: (by: number) => void): Attachment<HTMLElement> {
  return (node) => {
    let last = 0
    let swiped = 0
    const turned = (event: WheelEvent) => {
      const over = event.target as Element
      if (event.ctrlKey || !event.deltaY || over.closest('dialog')) return
      const list = over.closest('aside')?.querySelector('.list')
      if (list && list.scrollHeight > list.clientHeight) return
      event.preventDefault()
      if (event.timeStamp - last > SWIPE_GAP_MS) swiped = 0
      last = event.timeStamp
      const before = Math.abs(swiped)
      swiped += event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : LINE_PX)
      if (before < SWIPE_PX && Math.abs(swiped) >= SWIPE_PX) go(Math.sign(swiped))
    }
    node.addEventListener('wheel', turned, { passive: false })
    return () => node.removeEventListener('wheel', turned)
  }
}
