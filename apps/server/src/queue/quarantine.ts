import { MAX_CRASHES } from './queue.ts'

/** What a human reads beside a task that was given up because nobody came back from it. */
export const crashed = (attempts: number): string =>
  `Given up: the process that worked on it ended ${MAX_CRASHES} times in a row without a result (${attempts} attempts in all). Look at the log of those times before it is tried again.`
