import { SECOND } from '../../domain/time.ts'
import type { ScriptResult, ScriptRun, Scripts } from '../kit/scripts.ts'
import { findScript } from './folder.ts'
import { makeHome, removeHome } from './home.ts'
import { runProgram } from './run.ts'

/** One run, as the audit log keeps it. */
export interface ScriptRecord {
  /** The real path of what ran. */
  path: string
  /** The delivery's id. */
  delivery: string
  /** Null when it was killed or could not be started. */
  code: number | null
  ended: ScriptResult['ended'] | 'not_started'
  ms: number
}

/** Longest run, milliseconds. */
export const LONGEST = 30 * SECOND

export interface ScriptsOptions {
  folder: string
  audit(run: ScriptRecord): Promise<void>
  /** Hears of a run that could not be audited, or whose folder could not be removed. */
  failed(what: string, error: unknown): void
  /** Longest run, milliseconds; shorter in tests. */
  limitMs?: number
}

export function createScripts({ folder, audit, failed, limitMs = LONGEST }: ScriptsOptions): Scripts {
  async function runIn(home: string, { env, ...run }: ScriptRun): Promise<ScriptResult> {
    try {
      return await runProgram({ limitMs, ...run, home, env: env(home) })
    } finally {
      await removeHome(home).catch((error: unknown) => failed('removing the folder of a script', error))
    }
  }

  // A run that is over stays as it ended, whatever becomes of its record: who hears `not_started` runs it again.
  const note = (run: ScriptRecord) => audit(run).catch((error: unknown) => failed('the audit of a script', error))

  return {
    find: (name) => findScript(folder, name),
    async run(run) {
      const { path, delivery } = run
      let result: ScriptResult
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
