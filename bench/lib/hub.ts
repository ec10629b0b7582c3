import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Client, createClient } from '@carillon/client'
import { type Checkout, thisCheckout } from './checkout.ts'
import { adopt, askProcess, stopProcess } from './child.ts'
import type { Database } from './database.ts'

/** State of the hub's process. */
export interface Vitals {
  /** Bytes. */
  rss: number
  /** Bytes of the JavaScript heap in use. */
  heap: number
  /** Highest since the last reset, sampled five times a second. */
  peakRss: number
  longestHoldMs: number
  holdP99Ms: number
  /** Processor time since its start, user and system, all threads. */
  cpuSeconds: number
}

export interface Hub {
  address: string
  /** From spawn to the log line of readiness. */
  readyMs: number
  pid: number
  client: Client
  /** Reads the state and resets the maxima. `collect`: once its garbage has been collected. */
  vitals(collect?: boolean): Promise<Vitals>
  stop(): Promise<void>
  /** Ends it at once, as a crash does. */
  kill(): Promise<void>
}

export const ROOT_KEY = 'root-key-of-the-bench'
const SECRET_KEY = `bench:${randomBytes(32).toString('base64')}`
const PROBE = new URL('../processes/probe.ts', import.meta.url).href

export const hubEnv = (database: Database, more: Record<string, string> = {}): Record<string, string> => ({
  PORT: '0',
  CARILLON_DATA_DIR: database.folder,
  CARILLON_DATABASE_URL: database.url,
  CARILLON_ROOT_KEY: ROOT_KEY,
  CARILLON_SECRET_KEY: SECRET_KEY,
  CARILLON_OUTBOUND_ALLOW: '127.0.0.1',
  ...more,
})

export interface HubOptions {
  env?: Record<string, string>
  /** Without the probe, when the start itself is measured. */
  bare?: boolean
  /** Whose hub it is; this checkout's unless said. */
  checkout?: Checkout
}

/** Starts `carillon serve` as its users do. With `BENCH_PROF=<folder>` in the environment every hub leaves a CPU profile there. */
export async function startHub(database: Database, { env = {}, bare = false, checkout = thisCheckout }: HubOptions = {}): Promise<Hub> {
  const profile = process.env['BENCH_PROF']
  const flags = [...(bare ? [] : ['--import', PROBE]), ...(profile && !bare ? ['--cpu-prof', `--cpu-prof-dir=${profile}`] : [])]
  const elsewhere = await mkdtemp(join(tmpdir(), 'carillon-bench-'))
  const began = performance.now()
  const child = spawn(checkout.node, [...flags, checkout.main, 'serve'], {
    cwd: elsewhere,
    env: { ...process.env, ...hubEnv(database, env) },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  adopt(child)
  const address = await readyAddress(child)
  const readyMs = performance.now() - began
  return {
    address,
    readyMs,
    pid: child.pid!,
    client: createClient({ baseUrl: address, token: ROOT_KEY }),
    vitals: (collect = false) => askProcess<Vitals>(child, { reset: true, collect }),
    async stop() {
      await stopProcess(child)
      await rm(elsewhere, { recursive: true, force: true })
    },
    async kill() {
      await stopProcess(child, 'SIGKILL')
      await rm(elsewhere, { recursive: true, force: true })
    },
  }
}

/** The address from the log line of readiness; prints the hub's warnings and errors. */
function readyAddress(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the hub ended with ${code} before it was ready`)))
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const said = parseLine(line)
      if (said?.msg === 'Carillon is ready' && said.address) resolve(said.address)
      else if (said === null || (said.level ?? 0) >= 50) process.stderr.write(`${line}\n`)
    })
  })
}

function parseLine(line: string): { msg?: string; address?: string; level?: number } | null {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}
