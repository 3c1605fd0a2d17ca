import type { ReportReason, Subject } from '../../../api/catalogue/reports'

const titles: Record<Subject['kind'], string> = {
  video: 'Report this video',
  comment: 'Report this comment',
  person: 'Report this person',
  room: 'Report this live',
  line: 'Report this message',
  review: 'Report this review',
  product: 'Report this product',
}
const reasons: Record<ReportReason, string> = {
  spam: 'Spam',
  scam: 'Scam or fraud',
  nudity: 'Nudity or sexual content',
  violence: 'Violence or cruelty',
  hate: 'Hate or discrimination',
  harassment: 'Harassment or bullying',
  self_harm: 'Suicide or self-harm',
  child_safety: 'Danger to a child',
  dangerous: 'Dangerous acts or goods',
  illegal: 'Against the law',
  impersonation: 'Pretends to be somebody else',
  copyright: 'Uses my work without permission',
  other: 'Something else',
}

export const reporting = {
  titles,
  reasons,
  action: 'Report',
  why: 'What is wrong?',
  text: 'Tell us more (optional)',
  send: 'Send report',
  done: 'Thank you. You won’t see it any more.',
  hidden: 'You reported this. It’s hidden for you.',
  undo: 'Undo',
  undone: 'Report taken back',
  urgent: 'If somebody is in danger right now, call the emergency services.',
}
