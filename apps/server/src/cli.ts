import type { Command, Env, Io } from './cli/command.ts'
import { explainError } from './cli/explain-error.ts'
import { readable } from './cli/readable.ts'
import { didYouMean } from './domain/nearest.ts'
import { fullVersion } from './version.ts'

/** Every command by name; loaded on demand, so that `--help` is instant. */
const COMMANDS: Record<string, { summary: string; load: () => Promise<Command> }> = {
  serve: { summary: 'start the hub: HTTP, worker, or both', load: async () => (await import('./cli/serve.ts')).serve },
  migrate: { summary: 'migrate the database to this version', load: async () => (await import('./cli/migrate.ts')).migrateCommand },
  send: { summary: 'report an event or a message to a running hub', load: async () => (await import('./cli/send.ts')).send },
  why: { summary: 'show who got an event of a running hub, and why not', load: async () => (await import('./cli/why.ts')).why },
  deliveries: { summary: 'list the deliveries of a running hub', load: async () => (await import('./cli/deliveries.ts')).deliveries },
  connections: { summary: 'list and test the connections of a running hub', load: async () => (await import('./cli/connections.ts')).connections },
  users: { summary: 'manage the users of a running hub', load: async () => (await import('./cli/users.ts')).users },
  keys: { summary: 'manage API keys, directly in the database', load: async () => (await import('./cli/keys.ts')).keys },
  rekey: { summary: 'encrypt the stored secrets again with a new key', load: async () => (await import('./cli/rekey.ts')).rekeyCommand },
  backup: { summary: 'write everything in the database into one file', load: async () => (await import('./cli/backup.ts')).backupCommand },
  restore: { summary: 'fill an empty database from a backup; confirm sending', load: async () => (await import('./cli/restore.ts')).restoreCommand },
  doctor: { summary: 'check the setup', load: async () => (await import('./cli/doctor.ts')).doctor },
}

/** Runs one command; returns the exit code: 0 success, 1 failure, 2 wrong usage. */
export async function runCli(args: readonly string[], env: Env, to: Io): Promise<number> {
  const io: Io = { ...to, out: (text) => to.out(readable(text)), err: (text) => to.err(readable(text)) }
  const [name = 'serve', ...rest] = args
  if (name === '--help' || name === '-h' || name === 'help') {
    io.out(usage())
    return 0
  }
  if (name === '--version' || name === 'version') {
    io.out(fullVersion)
    return 0
  }
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (entry === undefined) {
    io.err(`carillon: there is no command "${name}"${didYouMean(name, Object.keys(COMMANDS))}\n\n${usage()}`)
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
    const { text, code } = explainError(name, error, command.help)
    io.err(text)
    return code
  }
}

function usage(): string {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length))
  const lines = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`)
  return `carillon <command>\n\n${lines.join('\n')}\n\n\`carillon <command> --help\` shows its options; \`carillon --version\` the version. Without a command the hub starts. Settings come from the environment; docs/configuration.md lists them.\nExit codes: 0 success, 1 failure, 2 wrong usage.`
}
