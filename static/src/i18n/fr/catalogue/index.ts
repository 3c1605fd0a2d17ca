export { threads } from './comments'
export { history, saved } from './library'
export { reporting } from './reports'
export { visibility } from './visibility'
