import Feed from './pages/Feed.svelte'
import { route, type Route } from './router'

export const routes: readonly Route[] = [
  // Where most people begin: part of the first file.
  route('feed', '/', () => Promise.resolve({ default: Feed })),
  route('live', '/rooms', () => import('./pages/Rooms.svelte')),
  route('live', '/live', () => import('./pages/Rooms.svelte')),
  route('room', '/room/:id', () => import('./pages/Room.svelte')),
  route('studio', '/studio', () => import('./pages/Studio.svelte')),
  route('create', '/create', () => import('./pages/Create.svelte')),
  route('upload', '/upload', () => import('./pages/Upload.svelte')),
  route('video', '/video/:id', () => import('./pages/Video.svelte')),
  route('search', '/search', () => import('./pages/Search.svelte')),
  route('tag', '/tag/:tag', () => import('./pages/Tag.svelte')),
  route('wallet', '/wallet', () => import('./pages/Wallet.svelte')),
  route('media', '/admin/media', () => import('./pages/AdminMedia.svelte')),
  route('signin', '/signin', () => import('./pages/SignIn.svelte')),
  route('join', '/join', () => import('./pages/Join.svelte')),
  route('profile', '/@:handle', () => import('./pages/Profile.svelte')),
]
/** Pages that hide the bar on phones. */
export const IMMERSIVE = new Set(['room', 'studio'])
