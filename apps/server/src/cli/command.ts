/** What a command may touch of the outside world. */
export interface Io {
  out(text: string): void
  err(text: string): void
  onSignal(names: NodeJS.Signals[], heard: () => void): void
  exit(code: number): void
  /** A command that runs on is ready: what only a start needs may end. */
  started(): void
}

export type Env = Readonly<Record<string, string | undefined>>

export interface Command {
  help: string
  /** Answers the exit code. Throws for what went wrong; `UsageError` and the errors of `parseArgs` count as wrong use. */
  run(args: readonly string[], env: Env, io: Io): Promise<number>
}

/** The command was called in a way it does not know: exit code 2. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UsageError'
  }
}
