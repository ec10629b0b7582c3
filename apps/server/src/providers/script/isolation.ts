import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { SECOND } from '../../domain/time.ts'

const WAYS = [
  ['unshare', '--pid', '--fork', '--kill-child', '--'],
  ['unshare', '--user', '--map-current-user', '--pid', '--fork', '--kill-child', '--'],
]
let way: Promise<string[]> | undefined

/** The first working way to start a program in a PID namespace on this system, detected once; none if unsupported. */
export function isolation(): Promise<string[]> {
  way ??= firstWay()
  return way
}

async function firstWay(): Promise<string[]> {
  for (const found of WAYS) if (await works(found)) return found
  return []
}

const works = ([command = '', ...args]: string[]): Promise<boolean> =>
  once(spawn(command, [...args, 'true'], { stdio: 'ignore', timeout: 5 * SECOND }), 'exit').then(
    ([code]) => code === 0,
    () => false,
  )
