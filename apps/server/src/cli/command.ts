/** A command's access to the process. */
export interface Io {
  out(text: string): void
  err(text: string): void
  /** `stop` is called when somebody asks the process to stop; `again` when somebody asked before. */
  onStop(stop: (again: boolean) => void): void
  exit(code: number): void
  /** A long-running command is ready: settings that only the start needs may end. */
  started(): void
}

export type Env = Readonly<Record<string, string | undefined>>

export interface Command {
  help: string
  /** Returns the exit code. Throws on failure; `UsageError` and the errors of `parseArgs` count as wrong usage. */
  run(args: readonly string[], env: Env, io: Io): Promise<number>
}

/** Wrong usage of a command: exit code 2. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UsageError'
  }
}
