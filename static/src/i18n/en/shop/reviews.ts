import { isolated } from '../../isolate'
import { plural } from '../plural'

/** What buyers think of products. */
export const reviews = {
  title: 'Reviews',
  stars: (n: number, text: string) => plural(n, { one: `${text} star`, other: `${text} stars` }),
  average: (stars: string) => `${stars} of 5 stars`,
  count: (n: number, text: string) => plural(n, { one: `${text} review`, other: `${text} reviews` }),
  none: 'No reviews yet',
  noneText: 'Whoever has bought this can be the first.',
  chart: 'How many reviews have how many stars',
  yours: 'Your review',
  write: 'Review',
  edit: 'Change your review',
  choose: 'Your stars',
  text: 'What should others know? (optional)',
  send: 'Publish',
  remove: 'Delete',
  saved: 'Your review is published.',
  removed: 'Your review is deleted.',
  bought: 'Reviews are by people who have bought this here.',
  edited: 'changed',
  refunded: 'Refunded since',
  withheld: 'Hidden by a moderator: only you see it.',
  answered: 'The seller answers',
  answer: 'Answer',
  changeAnswer: 'Change the answer',
  answerText: 'Your answer. Empty: none.',
  report: (name: string) => `Report ${isolated(name)}’s review`,
}
