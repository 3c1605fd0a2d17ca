import { Kinds } from '../registry'
import { ended } from './ended'
import { gifted } from './gifted'
import { muted } from './muted'
import { removed } from './removed'
import { said } from './said'
import { started } from './started'
import { stopped } from './stopped'

export const ALL_KINDS = [said, gifted, removed, muted, started, stopped, ended]
export const kinds = new Kinds(ALL_KINDS)
