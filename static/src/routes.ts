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
  route('search', '/search', () => import('./pages/discover/Search.svelte')),
  route('tag', '/tag/:tag', () => import('./pages/discover/Tag.svelte')),
  route('interests', '/interests', () => import('./pages/account/Interests.svelte')),
  route('saved', '/saved', () => import('./pages/library/Saved.svelte')),
  route('history', '/history', () => import('./pages/library/History.svelte')),
  route('inbox', '/inbox', () => import('./pages/account/Inbox.svelte')),
  route('sound', '/sound/:id', () => import('./pages/Sound.svelte')),
  route('wallet', '/wallet', () => import('./pages/Wallet.svelte')),
  route('limits', '/wallet/limits', () => import('./pages/account/Limits.svelte')),
  route('payouts', '/wallet/payouts', () => import('./pages/money/Payouts.svelte')),
  route('earnings', '/earnings', () => import('./pages/money/Earnings.svelte')),
  route('admin-payouts', '/admin/payouts', () => import('./pages/money/AdminPayouts.svelte')),
  route('purchases', '/wallet/purchases', () => import('./pages/money/Purchases.svelte')),
  route('settings', '/settings', () => import('./pages/account/Settings.svelte')),
  route('analytics', '/analytics', () => import('./pages/account/Analytics.svelte')),
  route('analytics', '/analytics/:id', () => import('./pages/account/Analytics.svelte')),
  route('media', '/admin/media', () => import('./pages/AdminMedia.svelte')),
  route('media', '/admin/signals', () => import('./pages/admin/Signals.svelte')),
  route('allPurchases', '/admin/purchases', () => import('./pages/money/AdminPurchases.svelte')),
  route('experiment', '/admin/feed', () => import('./pages/admin/AdminFeed.svelte')),
  route('signin', '/signin', () => import('./pages/SignIn.svelte')),
  route('join', '/join', () => import('./pages/Join.svelte')),
  route('profile', '/@:handle', () => import('./pages/Profile.svelte')),
]
/** Pages that hide the bar on phones. */
export const IMMERSIVE = new Set(['room', 'studio'])
