import { execFileSync } from 'node:child_process'

/** Resident bytes of a process, read from the system: a probe inside would count itself. */
export const residentBytes = (pid: number): number => Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) * 1024
