import { plural } from '../plural'

export const originality = {
  title: 'Looks like an earlier video',
  lead: 'Views of these videos don’t count in the fund: their pictures are in an earlier video of somebody else. If a video is yours, say so, and a person decides. What a closed month did not count can be made good by an admin.',
  alike: (percent: string) => `${percent} of its pictures are in an earlier video.`,
  see: 'See the earlier one',
  states: {
    found: 'Does not count',
    disputed: 'A moderator will look at it; until then it does not count',
    copy: 'A moderator has looked at it: it does not count',
    original: 'A moderator has looked at it: it counts',
  },
  leftOut: (n: number, text: string) => plural(n, { one: `${text} view was not counted in closed months`, other: `${text} views were not counted in closed months` }),
  dispute: 'This is my own video',
  why: 'Why it is yours',
  whyHint: 'For example where you published it first. A moderator reads it.',
  send: 'Ask for a decision',
  disputed: 'A moderator will look at it.',

  // Moderators
  waiting: 'Videos that look like earlier ones',
  waitingText: 'Their creators say that they are their own. Compare both; the creator fund counts only what is original.',
  note: 'What the creator is told',
  own: 'It is their own',
  copy: 'It is a copy',
  counted: 'Its views count.',
  uncounted: 'Its views do not count.',
}
