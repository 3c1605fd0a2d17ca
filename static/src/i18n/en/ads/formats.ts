import { isolated } from '../../isolate'
import { plural } from '../plural'

export const adFormats = {
  format: 'Where it is shown',
  zones: 'Places',
  zoneNames: { feed: 'Among the videos of the feed', live: 'Between live rooms', opening: 'Before the feed' } as Record<string, string>,
  byZone: 'By place',
  cardPreview: 'Preview between live rooms',
  formats: { in_feed: 'In the feed', promoted: 'Promoted post', takeover: 'Takeover' } as Record<string, string>,
  formatTexts: {
    in_feed: 'A video of yours, among the others.',
    promoted: 'A creator’s own post, with their consent. They get a share.',
    takeover: 'The first thing people see that day. Sold by the day.',
  } as Record<string, string>,
  when: 'When',

  // A promoted post
  code: 'The creator’s consent code',
  codeHint: 'The creator makes it in the menu of their video, and sends it to you.',
  postBy: (name: string) => `A post by ${isolated(name)}`,
  offerText: (share: string, until: string) => `${share} of what you pay goes to them. Agreed until ${until}.`,
  states: {
    valid: 'The creator’s consent holds.',
    revoked: 'Not shown: the creator took their consent back.',
    expired: 'Not shown: the creator’s consent is over.',
    video_gone: 'Not shown: the creator’s video is not public any more.',
  } as Record<string, string>,

  // A takeover
  takeoverText: 'Everybody sees it once a day when they open the feed, for at most a minute, and can skip it after 3 seconds. One advertiser for each product category and day; days are those of UTC.',
  calendar: (taken: string) => `The next six weeks. Taken: ${taken}.`,
  yours: 'chosen',
  taken: 'taken',
  free: 'free',
  clash: (days: string) => `Already taken: ${days}`,
  price: (days: string, day: string, total: string) => `${days} × ${day} = ${total}`,
  chooseCategory: 'Choose a category first: each day is sold once in each.',
  payFirst: 'The days are yours once they are paid for and you have sent the campaign.',
  dayStates: { booked: 'Held', billed: 'Shown and billed', returned: 'Not shown: paid back' } as Record<string, string>,
  days: 'Days',
  perDay: (price: string) => `${price} a day`,

  // What creators allow
  title: 'Your videos as ads',
  lead: 'Let an advertiser show a video of yours as an ad. You get a share of all they pay for it.',
  signIn: 'Sign in to let your videos be promoted.',
  allow: 'Promote as an ad',
  give: 'Allow this video',
  shareNow: (percent: string) => `You get ${percent} of each view or click that is billed.`,
  until: 'Until',
  sponsor: 'Only for this advertiser',
  sponsorHint: 'Its name as it stands on its ads. Empty: whoever has the code, the first one to use it.',
  make: 'Make a code',
  made: 'Send this code to the advertiser.',
  codes: 'Codes',
  noCodes: 'No codes yet',
  noCodesText: 'Open the menu of a video of yours and choose “Promote as an ad”.',
  yourVideos: 'Your videos',
  copy: 'Copy the code',
  revoke: 'Take back',
  revoked: 'Taken back: nothing is shown with it any more.',
  consentStates: { valid: 'Valid', revoked: 'Taken back', expired: 'Over', video_gone: 'Video not public' } as Record<string, string>,
  used: 'in use',
  unused: 'not used yet',
  earned: 'Earned with ads',
  earnedText: (days: number) => `Your shares are in the currency of the ads, apart from your coins. Each can be paid out ${plural(days, { one: `${days} day`, other: `${days} days` })} after it was earned.`,
  ads: 'By ad',
  adOf: (sponsor: string) => `Ad of ${isolated(sponsor)}`,
  share: (percent: string) => `${percent} of what is billed`,

  // The platform's prices
  offers: 'Takeovers and promoted posts',
  offersText: 'For what is booked, and agreed, from now on.',
  dayPrice: (currency: string) => `A day of a takeover (${currency})`,
  creatorShare: 'Share of creators, in percent',
  badShare: 'A whole number from 1 to 90.',
}
