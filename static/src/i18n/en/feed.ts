import { isolated } from '../isolate'
import { plural } from './plural'

export const feed = {
  title: 'Feed',
  forYou: 'For you',
  following: 'Following',
  play: 'Play',
  pause: 'Pause',
  soundOn: 'Turn sound on',
  soundOff: 'Turn sound off',
  tapForSound: 'Tap for sound',
  like: 'Like',
  comments: 'Comments',
  share: 'Share',
  position: 'Position in the video',
  next: 'Next video',
  previous: 'Previous video',
  videoBy: (name: string) => `Video by ${isolated(name)}`,
  broken: 'This video can’t be played.',
  emptyTitle: 'No videos yet',
  emptyText: 'Be the first to post one.',
  emptyAction: 'Upload a video',
  followingTitle: 'Videos from people you follow',
  followingText: 'Nothing here yet. Find people to follow in “For you”.',
  followingAction: 'Discover',
  end: 'You’re all caught up',
  endText: 'See who’s live right now.',
  endAction: 'Live now',
  liveCard: 'is live now',
  enter: 'Watch live',
}

export const tag = {
  empty: 'No videos with this hashtag yet',
  emptyText: 'Put it in a caption to be the first.',
}

export const comments = {
  title: (n: number, text: string) => plural(n, { one: `${text} comment`, other: `${text} comments` }),
  none: 'No comments yet',
  noneText: 'Be the first to comment.',
  placeholder: 'Add a comment',
  send: 'Send',
  removed: 'Comment deleted',
  delete: 'Delete comment',
}
