import { Kinds } from '../registry'
import { banned } from './banned'
import { effectSet } from './effect-set'
import { ended } from './ended'
import { gifted } from './gifted'
import { goalOver } from './goal-over'
import { goalSet } from './goal-set'
import { flashEnded, pinned, sold, unpinned } from './goods'
import { modesSet } from './modes-set'
import { muted } from './muted'
import { removed } from './removed'
import { said } from './said'
import { started } from './started'
import { stopped } from './stopped'

export const ALL_KINDS = [
  said, gifted, removed, muted, banned, modesSet, started, stopped, ended, effectSet, goalSet, goalOver,
  pinned, unpinned, flashEnded, sold,
]
export const kinds = new Kinds(ALL_KINDS)
