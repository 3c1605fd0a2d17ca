/** The experiment between two rankers of the feed, for moderators. */
import { send, type Answer, type Body } from './operation'

const ADDRESS = '/api/admin/feed/experiment'
export type ExperimentPage = Answer<'get', typeof ADDRESS>
export type Experiment = NonNullable<ExperimentPage['experiment']>
export type Arm = Experiment['arms'][number]
export type Estimate = Arm['like_rate']
export type NewExperiment = Body<'post', typeof ADDRESS>
export type Ranker = ExperimentPage['rankers'][number]

export const experiment = (signal?: AbortSignal) => send('get', ADDRESS, { signal })
export const startExperiment = (body: NewExperiment) => send('post', ADDRESS, { body })
export const stopExperiment = () => send('delete', ADDRESS)
