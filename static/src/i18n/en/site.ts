export const nav = {
  label: 'Main',
  media: 'Streaming',
  feed: 'Feed',
  live: 'Live',
  create: 'Create',
  inbox: 'Inbox',
  me: 'Me',
  home: 'Cadeau, go to the feed',
  skip: 'Skip to content',
}

export const common = {
  framesUnit: 'fps',
  again: 'Try again',
  cancel: 'Cancel',
  close: 'Close',
  back: 'Back',
  save: 'Save',
  copy: 'Copy',
  copied: 'Copied',
  delete: 'Delete',
  loading: 'Loading',
  theEnd: 'You’ve reached the end',
  wrong: 'Something went wrong',
  labelled: (label: string, value: string) => `${label}: ${value}`,
  linkCopied: 'Link copied',
  live: 'Live',
}

/** Shown when an action needs an account, or the account of an adult. */
export const need = {
  title: 'Join Cadeau',
  like: 'You need an account to like videos.',
  save: 'You need an account to save videos.',
  report: 'You need an account to report something.',
  comment: 'You need an account to comment.',
  follow: 'You need an account to follow people.',
  say: 'You need an account to chat.',
  gift: 'You need an account to send gifts.',
  live: 'You need an account to go live.',
  upload: 'You need an account to upload videos.',
  coins: 'You need an account to buy coins.',
  buy: 'You need an account to buy from shops.',
  join: 'Create an account',
  signIn: 'I already have an account',
  adultsTitle: '18 and over only',
  adultsText:
    'You must be 18 or older to go live, buy coins or send gifts. You can still watch, like, follow and chat.',
  adultsOk: 'OK',
}

export const create = {
  title: 'Create',
  live: 'Go live',
  liveText: 'With your camera or your screen',
  record: 'Record a clip',
  recordText: 'Up to a minute, with effects',
  upload: 'Upload a video',
  uploadText: 'Up to 10 minutes',
}

export const missing = {
  title: 'Page not found',
  text: 'The link may be wrong or out of date.',
  action: 'Go to the feed',
}
