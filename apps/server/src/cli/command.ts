/** What a command may touch of the outside world. */
export interface Io {
  out(text: string): void
  err(text: string): void
  onSignal(names: NodeJS.Signals[], heard: () => void): void
  exit(code: number): void
}

export interface Command {
  help: string
  /** Answers the exit code. Throws for what went wrong; `parseArgs` errors count as wrong use. */
  run(args: readonly string[], env: Readonly<Record<string, string | undefined>>, io: Io): Promise<number>
}
