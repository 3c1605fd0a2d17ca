import { isolated } from '../../isolate'
import { plural } from '../plural'

export const goals = {
  title: 'Sponsored goals',
  lead: 'Offer a host money if their live room gives so many coins in a time. The money is held until then, and comes back if it does not happen.',
  newGoal: 'New goal',
  code: 'The host’s code',
  codeHint: 'The host makes it under “Your videos as ads”, and sends it to you.',
  text: 'Your words in the room',
  reward: (currency: string) => `Reward (${currency})`,
  rewardHint: 'You pay all of it only if the goal is reached. The host gets a share.',
  target: 'Coins to be given',
  minutes: 'Minutes',
  send: 'Hold the reward and send to review',
  sent: 'Sent to review',
  cancel: 'Cancel',
  cancelled: 'Cancelled: the reward is back in your balance.',
  forHost: (name: string) => `For ${isolated(name)}`,
  states: { draft: 'Draft', review: 'In review', offered: 'Offered', running: 'Running', reached: 'Reached, not paid yet', paid: 'Reached and paid', returned: 'Over: the reward went back' } as Record<string, string>,
  because: {
    rejected: 'Rejected in the review.', cancelled: 'Cancelled by the advertiser.', declined: 'The host did not want it.', lapsed: 'Nobody started it in time.',
    missed: 'Not enough was given in time.', stopped: 'Stopped by the platform.', gone: 'The host is gone.',
  } as Record<string, string>,
  terms: (reward: string, coins: number, text: string, minutes: string) => plural(coins, { one: `${reward} for ${text} coin in ${minutes} minutes`, other: `${reward} for ${text} coins in ${minutes} minutes` }),

  // The review
  waiting: 'Sponsored goals',

  ongoing: 'Goals that are offered or running',
  stopIt: 'Stop this goal',
  stopNote: 'Why',
  stopHint: 'The advertiser and the host read it. The reward goes back to the advertiser.',
  stopYes: 'Stop it now',
  stopped: 'Stopped: the reward is back in the advertiser’s balance.',

  // The host
  hostTitle: 'Goals in your live rooms',
  hostLead: 'Let an advertiser offer money for a goal in your room. You see each offer, and only you can start it. Not for rooms of people under 18.',
  makeCode: 'Make a code for goals',
  roomCode: 'Goals in your rooms',
  yourShare: (amount: string) => `You get ${amount}`,
  got: (amount: string) => `You got ${amount}`,
  decline: 'Decline',
  declined: 'Declined',
  offers: 'Offers',
  button: 'Sponsored goals',
  start: 'Start in this room',
  stop: 'Stop this goal',
  none: 'No offers now',
  noneText: 'Make a code for goals under “Your videos as ads”, and send it to an advertiser.',

  // The room
  by: (sponsor: string) => `Goal sponsored by ${isolated(sponsor)}`,
  paidBy: (payer: string) => `paid by ${isolated(payer)}`,
  rewardFor: (amount: string) => `${amount} for the host`,
  progress: (coins: string, target: string) => `${coins} of ${target} coins`,
  reachedLine: 'The sponsored goal is reached!',
  inLibrary: 'Sponsored goal in a live room',
}
