import { runCli } from '../../cli.ts'
import type { Env, Io } from '../command.ts'

export interface Ran {
  code: number
  out: string
  err: string
}

/** Runs one command as main.ts does, and keeps what it said. */
export async function run(args: readonly string[], env: Env = {}): Promise<Ran> {
  const out: string[] = []
  const err: string[] = []
  const io: Io = {
    out: (text) => out.push(text),
    err: (text) => err.push(text),
    onStop: () => {},
    exit: (code) => err.push(`exit ${code}`),
    started: () => {},
  }
  const code = await runCli(args, env, io)
  return { code, out: out.join('\n'), err: err.join('\n') }
}
