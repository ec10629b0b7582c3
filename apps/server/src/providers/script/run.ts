import { spawn } from 'node:child_process'
import { SECOND } from '../../domain/time.ts'
import type { ScriptResult } from '../kit/scripts.ts'
import { isolation } from './isolation.ts'

export interface Run {
  /** The real path of the program. */
  path: string
  args: readonly string[]
  /** Its working folder. */
  home: string
  env: Record<string, string>
  /** Its standard input. */
  input: string
  limitMs: number
}

const MAX_OUTPUT = 64 * 1024
/** Time between SIGTERM and SIGKILL to the group. */
const GRACE = 2 * SECOND
/** A process that left the group may hold the pipes open; wait no longer than this for it. */
const PIPES = SECOND / 2

/**
 * Runs a program without a shell, in a process group and, where supported, a separate PID namespace: when it ends, its child processes end
 * too, including those that left the group with `setsid`. Rejects when it cannot be started.
 */
export async function runProgram({ path, args, home, env, input, limitMs }: Run): Promise<ScriptResult> {
  const [command = path, ...rest] = [...(await isolation()), path, ...args]
  const began = performance.now()
  const child = spawn(command, rest, { cwd: home, env, detached: true, shell: false, stdio: 'pipe' })
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    let ended: ScriptResult['ended'] = null
    const timers: NodeJS.Timeout[] = []
    const end = () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      ended = 'timeout'
      endGroup(child.pid, 'SIGTERM')
      timers.push(setTimeout(() => endGroup(child.pid, 'SIGKILL'), GRACE))
    }
    const hear = (chunk: Buffer) => {
      const room = MAX_OUTPUT - size
      if (room <= 0) return
      chunks.push(chunk.subarray(0, room))
      size += chunk.length
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    // A program may close its input without reading it.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    timers.push(setTimeout(end, limitMs))
    const finish = () => {
      for (const timer of timers) clearTimeout(timer)
      const output = Buffer.concat(chunks).toString('utf8')
      resolve({
        code: ended === null ? child.exitCode : null,
        ended: ended ?? (child.exitCode === null ? 'signal' : null),
        output,
        ms: performance.now() - began,
      })
    }
    child.once('error', (error) => {
      for (const timer of timers) clearTimeout(timer)
      reject(error)
    })
    child.once('exit', () => {
      // Kills the remaining processes of its group too.
      endGroup(child.pid, 'SIGKILL')
      timers.push(
        setTimeout(() => {
          child.stdout.destroy()
          child.stderr.destroy()
        }, PIPES),
      )
    })
    child.once('close', finish)
  })
}

function endGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // It has already exited.
  }
}
