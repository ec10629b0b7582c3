import { SECOND } from '../../domain/time.ts'
import { type Found, findScript } from './folder.ts'
import { makeHome, removeHome } from './home.ts'
import { type Run, type RunResult, runProgram } from './run.ts'

/** One run, as the audit log keeps it. */
export interface ScriptRun {
  /** The real path of what ran. */
  path: string
  /** For which delivery. */
  delivery: string
  /** Null when it was ended or could not be started. */
  code: number | null
  ended: RunResult['ended'] | 'not_started'
  ms: number
}

/** The operator's folder of programs: what may run, and running it. */
export interface Scripts {
  find(name: string): Found
  /** Audited, whatever comes of it; `env` is made for the empty folder that the program runs in. Rejects when the program cannot be started, and only then. */
  run(run: Pick<Run, 'path' | 'args' | 'input'> & Partial<Pick<Run, 'limitMs'>> & { delivery: string; env(home: string): Run['env'] }): Promise<RunResult>
}

/** Longest run, milliseconds. */
export const LONGEST = 30 * SECOND

export interface ScriptsOptions {
  folder: string
  audit(run: ScriptRun): Promise<void>
  /** Hears of a run that could not be audited, or whose folder could not be removed. */
  failed(what: string, error: unknown): void
  /** Longest run, milliseconds; shorter in tests. */
  limitMs?: number
}

export function createScripts({ folder, audit, failed, limitMs = LONGEST }: ScriptsOptions): Scripts {
  async function runIn(home: string, { env, ...run }: Parameters<Scripts['run']>[0]): Promise<RunResult> {
    try {
      return await runProgram({ limitMs, ...run, home, env: env(home) })
    } finally {
      await removeHome(home).catch((error: unknown) => failed('removing the folder of a script', error))
    }
  }

  // A run that is over stays as it ended, whatever becomes of its record: who hears `not_started` runs it again.
  const note = (run: ScriptRun) => audit(run).catch((error: unknown) => failed('the audit of a script', error))

  return {
    find: (name) => findScript(folder, name),
    async run(run) {
      const { path, delivery } = run
      let result: RunResult
      try {
        result = await runIn(await makeHome(), run)
      } catch (error) {
        await note({ path, delivery, code: null, ended: 'not_started', ms: 0 })
        throw error
      }
      await note({ path, delivery, code: result.code, ended: result.ended, ms: Math.round(result.ms) })
      return result
    },
  }
}
