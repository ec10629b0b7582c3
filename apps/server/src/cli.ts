import type { Command, Io } from './cli/command.ts'
import { ConfigError } from './config.ts'

/** Every command by name; loaded when it is asked for, so that `--help` is instant. */
const COMMANDS: Record<string, { summary: string; load: () => Promise<Command> }> = {
  serve: { summary: 'start the hub: HTTP, worker, or both', load: async () => (await import('./cli/serve.ts')).serve },
}

type Env = Readonly<Record<string, string | undefined>>

/** Runs one command; answers the exit code: 0 done, 1 failed, 2 used wrongly. */
export async function runCli(args: readonly string[], env: Env, io: Io): Promise<number> {
  const [name = 'serve', ...rest] = args
  if (name === '--help' || name === '-h' || name === 'help') {
    io.out(usage())
    return 0
  }
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (entry === undefined) {
    io.err(`carillon: there is no command "${name}"\n\n${usage()}`)
    return 2
  }
  const command = await entry.load()
  if (rest.includes('--help') || rest.includes('-h')) {
    io.out(command.help)
    return 0
  }
  try {
    return await command.run(rest, env, io)
  } catch (error) {
    if (error instanceof ConfigError) io.err(error.message)
    else io.err(`carillon ${name}: ${error instanceof Error ? error.message : String(error)}`)
    return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS') ? 2 : 1
  }
}

function usage(): string {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length))
  const lines = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`)
  return `carillon <command>\n\n${lines.join('\n')}\n\n\`carillon <command> --help\` says more. Settings come from the environment; docs/configuration.md lists them.`
}
