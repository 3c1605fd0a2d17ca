import { send, type Body } from '../operation'

type NewReport = Body<'post', '/api/reports'>
export type Subject = NewReport['subject']
export type ReportReason = NewReport['reason']

export const report = (subject: Subject, reason: ReportReason, text: string) => send('post', '/api/reports', { body: { subject, reason, text } })
export const ownReports = (kind: Subject['kind'], cursor: string | null) => send('get', '/api/reports', { query: { kind, cursor, limit: 100 } })
export const withdrawReport = (report: string) => send('delete', '/api/reports/{report}', { path: { report } })
