import { createApp } from '../app/app.ts'
import { readConfig } from '../config.ts'
import { createLog } from '../log.ts'
import { loadPacks } from '../packs.ts'
import type { Command } from './command.ts'

export const serve: Command = {
  help: `carillon serve [--config <file>]

Starts the hub and runs until it is asked to stop (SIGTERM, SIGINT): then it finishes what is in flight, at most 25 s.
It exits with code 74 after a fatal storage error: start it again; docs/operations.md says what to check.
  --config <file>  the configuration in code (packs); carillon.config.ts in the current folder by default

  PORT, HOST, CARILLON_DATABASE_URL, CARILLON_ROOT_KEY and the others: docs/configuration.md`,

  async run(args, env, io) {
    const { parseArgs } = await import('node:util')
    const { values } = parseArgs({ args: [...args], options: { config: { type: 'string' } }, strict: true })
    const config = readConfig(env)
    const log = createLog(config.logLevel)
    const packs = await loadPacks(values.config)
    const app = await createApp(config, { log, eventTypes: packs.eventTypes, exit: io.exit })
    const address = await app.start()
    io.started()
    log.info({ address, role: config.role, engine: app.dialect.engine, packs: packs.names, logOnly: app.registry.logOnly() }, 'Carillon is ready')
    if (app.registry.logOnly()) log.warn('log-only mode: there is no connection yet, messages are written to the log')

    return new Promise<number>((resolve) => {
      let stopping = false
      io.onSignal(['SIGTERM', 'SIGINT'], () => {
        if (stopping) return io.exit(1)
        stopping = true
        log.info('stopping: finishing the work in flight')
        app.stop().then(
          () => {
            log.info('stopped')
            resolve(0)
          },
          (error: unknown) => {
            log.error({ err: error }, 'stopping failed')
            resolve(1)
          },
        )
      })
    })
  },
}
