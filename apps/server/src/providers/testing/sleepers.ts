import { execFileSync } from 'node:child_process'

/** Running processes that sleep for this long: by a duration that nobody else has, a test knows its own, in a PID namespace too. */
export const sleepers = (duration: string): string[] =>
  execFileSync('ps', ['-eo', 'stat,args'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(`sleep ${duration}`) && !line.startsWith('Z'))
