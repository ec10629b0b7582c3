import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { TEST_ROOT_KEY } from '../../src/testing.ts'
import { ENTRY } from '../setup/entry.ts'

/** The environment that the killed process and its successor share. */
export const ENVIRONMENT = {
  CARILLON_ROOT_KEY: TEST_ROOT_KEY,
  CARILLON_SECRET_KEY: `rig:${randomBytes(32).toString('base64')}`,
  CARILLON_OUTBOUND_ALLOW: '127.0.0.1',
  CARILLON_DISK_FLOOR_MB: '1',
  CARILLON_SEND_THREADS: process.env['TEST_SEND_THREADS'] ?? '0',
}

/** A hub that no version ships, so that processes can die where the real one seldom is. */
const SPECIAL = { holds: join(import.meta.dirname, 'hub-with-holds.ts') }
export type Special = keyof typeof SPECIAL

export interface End {
  code: number | null
  signal: NodeJS.Signals | null
}

/** The real `carillon serve` in a process of its own. */
export interface HubProcess {
  /** The address on which it listens; rejects when the process ends before that. */
  address: Promise<string>
  ended: Promise<End>
  hasEnded(): boolean
  signal(name: NodeJS.Signals): void
  /** All its output. */
  log(): string
}

export interface HubProcessOptions {
  databaseUrl: string
  dataDir: string
  /** `CARILLON_FAULT`. */
  fault?: string | null
  /** `holds`: every webhook is held for a moment first. */
  special?: Special | undefined
  env?: Record<string, string>
  /** The command; that of all stories unless said. */
  entry?: string
  /** More arguments of `serve`. */
  args?: string[]
}

export function startHubProcess(options: HubProcessOptions): HubProcess {
  const { databaseUrl, dataDir, fault = null, special, env = {}, entry = ENTRY, args = [] } = options
  const child: ChildProcess = spawn(process.execPath, special ? [SPECIAL[special]] : [entry, 'serve', ...args], {
    cwd: dataDir,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'test',
      PORT: '0',
      CARILLON_DATA_DIR: dataDir,
      CARILLON_DATABASE_URL: databaseUrl,
      ...ENVIRONMENT,
      ...(fault === null ? {} : { CARILLON_FAULT: fault }),
      ...env,
    },
  })
  const lines: string[] = []
  let end: End | null = null
  const ended = new Promise<End>((resolve) =>
    child.once('close', (code, signal) => {
      end = { code, signal }
      resolve(end)
    }),
  )
  const address = new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      lines.push(line)
      const said = /"address":"(http:[^"]+)"/.exec(line)?.[1]
      if (said !== undefined) resolve(said)
    })
    createInterface({ input: child.stderr! }).on('line', (line) => lines.push(line))
    void ended.then(({ code, signal }) => reject(new Error(`the hub ended (${code ?? signal}) before it was ready:\n${lines.slice(-20).join('\n')}`)))
  })
  address.catch(() => {}) // a caller that waits for it gets the error; nobody waits for a hub that is meant to die early
  return {
    address,
    ended,
    hasEnded: () => end !== null,
    signal: (name) => void child.kill(name),
    log: () => lines.join('\n'),
  }
}
