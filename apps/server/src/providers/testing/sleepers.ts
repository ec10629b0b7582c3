import { execFileSync } from 'node:child_process'

/** Running processes that sleep for this long: with a unique duration a test recognises its own, also in a PID namespace. */
export const sleepers = (duration: string): string[] =>
  execFileSync('ps', ['-eo', 'stat,args'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(`sleep ${duration}`) && !line.startsWith('Z'))
