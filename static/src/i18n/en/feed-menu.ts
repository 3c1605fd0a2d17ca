import { isolated } from '../isolate'

export const feedMenu = {
  title: 'More',
  notInterested: 'Not interested',
  why: 'Why this video?',
  saved: 'Saved',
  report: 'Report',
  copyLink: 'Copy link',
  speed: 'Speed',
  times: (text: string) => `${text}×`,
  sentAway: 'You’ll see fewer like this.',
  undo: 'Undo',
}

export const why = {
  unknown: 'This was shown too long ago to say why.',
  correct: 'Not right?',
  lessHashtag: (name: string) => `Less of #${isolated(name)}`,
  lessCreator: (name: string) => `Less from ${isolated(name)}`,
  lessSound: 'Less with this sound',
  lessOther: 'Less like this',
  done: 'Your feed changes from the next page on.',
  interests: 'All your interests',
  visitor: 'The feed follows what you do during this visit, and forgets it afterwards.',
}

export const interests = {
  title: 'Your interests',
  text: 'What your feed has learned from the videos you watch, like and skip. Remove whatever is wrong.',
  kinds: { hashtag: 'Hashtags', creator: 'Creators', sound: 'Sounds', language: 'Languages' } as Record<string, string>,
  others: 'More',
  unnamed: { sound: 'A sound', creator: 'Somebody' } as Record<string, string>,
  remove: (name: string) => `Remove ${isolated(name)}`,
  removed: (name: string) => `${isolated(name)} removed`,
  none: 'Nothing learned yet',
  noneText: 'Watch and like a few videos, then come back.',
  noneAction: 'Watch videos',
  reset: 'Reset all interests',
  resetTitle: 'Reset all interests?',
  resetText: 'Your feed starts again as it would for somebody new. This can’t be undone.',
  resetDone: 'Interests reset',
  personalised: 'Personalised feed',
  onText: 'Videos are chosen by what you watch, like, share and skip.',
  offText: 'Off: everybody’s newest and most popular videos, in the same order for all. Nothing you watch is used to choose what you see, and what was learned is deleted.',
  turnedOff: 'Your feed is no longer personalised',
  turnedOn: 'Your feed is personalised from now on',
  minorTitle: 'Not personalised',
  minorText: 'You are under 18, so nothing about what you watch is learned. You see everybody’s newest and most popular videos, and those of people you follow.',
  visitorTitle: 'You’re visiting',
  visitorText: 'The feed learns only for this visit: what it knows ends with it. With an account you can see what it has learned, and correct it.',
}
