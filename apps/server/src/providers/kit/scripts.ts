/** The operator's own folder of programs: what may run, and running it. */
export interface Scripts {
  find(name: string): FoundScript
  /** Audited, whatever comes of it. Rejects when the program cannot be started, and only then. */
  run(run: ScriptRun): Promise<ScriptResult>
}

/** The real path of a file that may run, or why it may not. */
export type FoundScript = { path: string; problem?: never } | { path?: never; problem: string }

export interface ScriptRun {
  /** The real path of the program. */
  path: string
  args: readonly string[]
  /** Its standard input. */
  input: string
  /** For which delivery it runs, as the audit log keeps it. */
  delivery: string
  /** Its environment; `home` is the empty folder that it runs in. */
  env(home: string): Record<string, string>
  /** Longest run, milliseconds; absent = as long as any script may run. */
  limitMs?: number
}

export interface ScriptResult {
  /** Its exit code; null when it was ended. */
  code: number | null
  /** Why it was ended, if it did not end by itself. */
  ended: 'timeout' | 'signal' | null
  /** What it wrote, both streams in the order in which they came; after 64 KiB it is read and thrown away. */
  output: string
  ms: number
}
