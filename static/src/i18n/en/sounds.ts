import { isolated } from '../isolate'
import { plural } from './plural'

export const sounds = {
  original: (name: string) => `Original sound – ${isolated(name)}`,
  originalOf: 'Original sound',
  line: (title: string) => `Sound: ${isolated(title)}`,
  uses: (n: number, text: string) => plural(n, { one: `${text} video`, other: `${text} videos` }),
  play: 'Play sound',
  stop: 'Stop sound',
  broken: 'This sound can’t be played.',
  use: 'Use this sound',
  notUsable: 'Its owner doesn’t let others use it.',
  withdrawn: 'The original video has been deleted, so no new videos can use this sound.',
  toOriginal: 'Original video',
  videos: 'Videos with this sound',

  edit: 'Edit sound',
  title: 'Title',
  titleHint: 'Leave it empty to name it after you.',
  allow: 'Others may use my sound',
  allowHint: 'Videos that already use it keep it.',
  saved: 'Saved',

  chosen: 'Sound of your video',
  chosenText: 'It replaces the sound of your file.',
  remove: 'Remove sound',
  shorter: 'The sound is shorter than your video. The rest will be silent.',
  preview: 'Play the preview',
  stopPreview: 'Stop the preview',
}
