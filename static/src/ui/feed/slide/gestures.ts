/**
 * What fingers, mice and keys do to a video: a tap, a double tap, a hold, a swipe to the left.
 *
 * A hold is felt at once, but acts when the finger is lifted: a view that opens under a finger is pressed by it.
 */
import type { Attachment } from 'svelte/attachments'
import { whenReleased } from '../../../state/site/press'

export const HOLD_MS = 500
export const DOUBLE_TAP_MS = 260
/** Two taps farther apart are not one double tap. */
const DOUBLE_TAP_PX = 48
/** A finger that moves farther than this neither taps nor holds. */
const STILL_PX = 10
const SWIPE_PX = 64

export interface Gestures {
  tap: () => void
  /** Where, in pixels from the corner of the element. */
  doubleTap: (x: number, y: number) => void
  hold: () => void
  swipeLeft: () => void
  /** A hold has begun, or is over. */
  holding?: (on: boolean) => void
}
interface Press {
  x: number
  y: number
  touch: boolean
  still: boolean
  held: boolean
}

/** Fingers that move up and down scroll: the element needs `touch-action: pan-y`. */
export function gestures(acts: Gestures): Attachment<HTMLElement> {
  return (node) => {
    let press: Press | null = null
    let holdTimer = 0
    let tapTimer = 0
    let last = { at: -Infinity, x: 0, y: 0 }
    /** The press was more than a tap: the click that follows it says nothing. */
    let spent = false

    const forget = () => {
      clearTimeout(holdTimer)
      if (press?.held) acts.holding?.(false)
      press = null
    }
    const hold = () => {
      if (!press || press.held) return
      clearTimeout(holdTimer)
      press.held = spent = true
      navigator.vibrate?.(8)
      acts.holding?.(true)
    }
    const down = (event: PointerEvent) => {
      forget()
      spent = false
      if (!event.isPrimary || event.button !== 0) return
      press = { x: event.clientX, y: event.clientY, touch: event.pointerType !== 'mouse', still: true, held: false }
      holdTimer = window.setTimeout(hold, HOLD_MS)
    }
    const move = (event: PointerEvent) => {
      if (!press?.still || !event.isPrimary || Math.hypot(event.clientX - press.x, event.clientY - press.y) <= STILL_PX) return
      press.still = false
      clearTimeout(holdTimer)
    }
    const up = (event: PointerEvent) => {
      if (!press || !event.isPrimary) return
      const { x, y, touch, still, held } = press
      const left = x - event.clientX
      forget()
      if (held) whenReleased(acts.hold)
      else if (touch && left > SWIPE_PX && left > 2 * Math.abs(event.clientY - y)) whenReleased(acts.swipeLeft)
      spent ||= !still
    }
    const click = (event: MouseEvent) => {
      if (spent) return void (spent = false)
      // Keys and assistive programs press without a pointer, and never twice.
      if (event.detail === 0) return acts.tap()
      const box = node.getBoundingClientRect()
      const near = Math.hypot(event.clientX - last.x, event.clientY - last.y) <= DOUBLE_TAP_PX
      const double = near && event.timeStamp - last.at < DOUBLE_TAP_MS
      last = { at: event.timeStamp, x: event.clientX, y: event.clientY }
      clearTimeout(tapTimer)
      if (double) acts.doubleTap(event.clientX - box.left, event.clientY - box.top)
      else tapTimer = window.setTimeout(acts.tap, DOUBLE_TAP_MS)
    }
    /** Browsers have their own hold: for a finger it is this one, and not the one of a mouse or a key. */
    const menu = (event: MouseEvent) => {
      if (!press?.touch) return
      event.preventDefault()
      event.stopPropagation()
      hold()
    }

    const listeners = { pointerdown: down, pointermove: move, pointerup: up, pointercancel: forget, click, contextmenu: menu }
    for (const [name, listener] of Object.entries(listeners)) node.addEventListener(name, listener as EventListener)
    return () => {
      forget()
      clearTimeout(tapTimer)
      for (const [name, listener] of Object.entries(listeners)) node.removeEventListener(name, listener as EventListener)
    }
  }
}
