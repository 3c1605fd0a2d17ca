import { isolated } from '../../isolate'
import { plural } from '../plural'

/** Words and links that chat filters, and lines that wait for a moderator. */
export const filters = {
  title: 'Filtered words and links',
  text: 'What others write in your rooms is compared with this list. You, your moderators and the staff of this site are not filtered.',
  textAll: 'What people write in every room is compared with this list, beside the host’s own. Hosts, moderators and staff are not filtered.',
  words: 'Word, or up to five words',
  what: 'Messages with it',
  actions: { hold: 'wait for a moderator', refuse: 'are refused' },
  add: 'Filter',
  none: 'No words yet. Spelling does not matter: accents, spaces and digits for letters are seen through.',
  remove: 'Remove',
  removeOf: (words: string) => `Remove ${isolated(words)}`,
  links: 'Messages with links',
  linkRules: { allow: 'are let through', hold: 'wait for a moderator', refuse: 'are refused', listed: 'are let through only to these sites' },
  domains: 'Sites, one a line, such as example.org',
  save: 'Save',
  saved: 'Saved. It is in force now.',

  held: 'Held for the moderators',
  heldRefused: 'A moderator has not let your message through',
  waiting: 'Messages that wait for a moderator',
  causes: { word: 'a filtered word', link: 'a link' },
  more: (n: number, text: string) => plural(n, { one: `${text} more waits`, other: `${text} more wait` }),
  release: 'Let through',
  releaseKey: 'Let through (Y)',
  refuseLine: 'Refuse',
  refuseKey: 'Refuse (N)',
}
