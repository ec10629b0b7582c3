import { SECOND } from '../../domain/time.ts'
import { type Found, findScript } from './folder.ts'
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
  /** Audited, whatever comes of it. Rejects when the program cannot be started. */
  run(run: Omit<Run, 'limitMs'> & { delivery: string }): Promise<RunResult>
}

export interface ScriptsOptions {
  folder: string
  audit(run: ScriptRun): Promise<void>
  /** Longest run, milliseconds; 30 s unless a test says otherwise. */
  limitMs?: number
}

export function createScripts({ folder, audit, limitMs = 30 * SECOND }: ScriptsOptions): Scripts {
  return {
    find: (name) => findScript(folder, name),
    async run({ delivery, ...run }) {
      try {
        const result = await runProgram({ ...run, limitMs })
        await audit({ path: run.path, delivery, code: result.code, ended: result.ended, ms: Math.round(result.ms) })
        return result
      } catch (error) {
        await audit({ path: run.path, delivery, code: null, ended: 'not_started', ms: 0 })
        throw error
      }
    },
  }
}
