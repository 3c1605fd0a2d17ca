import { isolated } from '../isolate'

export const admin = {
  pages: 'Pages for moderators',
  title: 'Streaming',
  charts: 'Now and over the last minute',
  publishers: 'Live now',
  viewers: 'Viewers',
  losing: 'High packet loss',
  losingText: 'more than 5%',
  bitsIn: 'Incoming',
  bitsOut: 'Outgoing',
  estimated: 'estimated',
  packetsOut: 'Packets sent',
  perSecond: (text: string) => `${text}/s`,
  cpu: 'CPU',
  fanout: (name: string) => `Sent by ${name}`,
  stale: 'The server isn’t answering. Trying again',

  rooms: 'Live streams',
  none: 'No live streams',
  noneText: 'Streams appear here as soon as someone goes live.',
  noneAction: 'Go live',
  waiting: 'Host is away',
  end: 'End',
  endLabel: (title: string) => `End “${isolated(title)}”`,
  endTitle: 'End this stream?',
  endText: (title: string) => `“${isolated(title)}” will end for all viewers and can’t be resumed.`,
  ended: 'Stream ended',

  forModerators: 'Moderators only',
  forModeratorsText: 'You need to be a moderator to see this page.',
}
