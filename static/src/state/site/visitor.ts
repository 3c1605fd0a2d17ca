/** An id of this browser, the same in all its tabs, so that it counts as one viewer. It says nothing about the person. */
import { uuid } from '../../wire/uuid'
import { recall, remember } from './memory'

/** For browsers that store nothing: the same for as long as the page lives. */
let kept = ''
const VALID = /^[\w-]{1,64}$/

export function visitor(): string {
  const stored = recall('viewer') ?? ''
  kept = VALID.test(stored) ? stored : kept || uuid()
  remember('viewer', kept)
  return kept
}
