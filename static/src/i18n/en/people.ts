import { isolated } from '../isolate'
import { plural } from './plural'

export const profile = {
  followers: (n: number) => plural(n, { one: 'follower', other: 'followers' }),
  following: (n: number) => plural(n, { one: 'following', other: 'following' }),
  followersTitle: 'Followers',
  followingTitle: 'Following',
  nobody: 'Nobody here yet',
  joined: (date: string) => `Joined ${date}`,
  avatarLive: (name: string) => `${isolated(name)} is live. Watch now`,
  notFound: 'Profile not found',
  notFoundText: 'Check the username. The account may have been deleted.',

  videos: 'Videos',
  noVideos: 'No videos yet',
  noVideosText: 'Published videos will appear here.',
  firstVideo: 'Upload your first video',
  views: (n: number, text: string) => plural(n, { one: `${text} view`, other: `${text} views` }),
  processing: 'Processing',
  rejected: 'Rejected',
  deleteVideo: 'Delete video',
  deleteText: 'It will disappear for everyone. This can’t be undone.',
  deleted: 'Video deleted',

  name: 'Name',
  bio: 'Bio',
  saved: 'Saved',
  settings: 'Settings',
  language: 'Language',
  theme: 'Theme',
  dark: 'Dark',
  light: 'Light',
  signOut: 'Sign out',
}

export const account = {
  join: 'Create your account',
  joinButton: 'Sign up',
  signIn: 'Welcome back',
  signInButton: 'Sign in',
  tagline: 'Short videos, live streams and gifts in real time.',
  handle: 'Username',
  handleHint: '3 to 24 letters (a–z), digits, dots or underscores, starting with a letter',
  name: 'Name',
  nameHint: 'Shown to others. You can change it later.',
  password: 'Password',
  passwordHint: 'At least 8 characters',
  show: 'Show password',
  hide: 'Hide password',
  birthdate: 'Date of birth',
  birthdateHint: 'Never shown to others. You must be at least 13.',
  haveOne: 'Already have an account?',
  haveNone: 'New to Cadeau?',
  toSignIn: 'Sign in',
  toJoin: 'Create an account',
  welcome: (name: string) => `Welcome, ${isolated(name)}!`,
}

export const form = {
  tooLong: (n: number, text: string) => plural(n, { one: `At most ${text} character`, other: `At most ${text} characters` }),
}
