import { getCompileCacheDir } from 'node:module'
import { parseArgs } from 'node:util'
import { type CarillonApp, createApp } from '../app/app.ts'
import { readConfig, unknownVariables } from '../config.ts'
import { StartError } from '../domain/start-error.ts'
import { createLog } from '../log.ts'
import { diskDetail } from '../operations/health.ts'
import { loadPacks } from '../packs.ts'
import { whyNotReached } from '../providers/kit/named-outside.ts'
import { fullVersion } from '../version.ts'
import type { Command } from './command.ts'
import { within } from './within.ts'

/** Milliseconds from the request to the end of the process: the 25 s of what is in flight, and closing. */
const STOP = 29_000

/** False when the database cannot say: that is in the log already. */
const hasNoKey = ({ stores }: CarillonApp): Promise<boolean> =>
  stores.keys.list({ limit: 1, after: null }).then(
    ({ rows }) => rows.length === 0,
    () => false,
  )

export const serve: Command = {
  help: `carillon serve [--config <file>]

Starts the hub and runs until it is asked to stop (SIGTERM, SIGINT, SIGHUP, the end of the npm that started it): then it finishes what is in flight, at most 25 s.
A stop that hangs, because the database does not answer, ends after 29 s; a start that is asked to stop ends at once.
It exits with code 74 after a fatal storage error: start it again; docs/operations.md says what to check.
  --config <file>  the configuration in code (packs); carillon.config.ts in the current folder by default

  PORT, HOST, CARILLON_DATABASE_URL, CARILLON_ROOT_KEY and the others: docs/configuration.md`,

  async run(args, env, io) {
    const { values } = parseArgs({ args: [...args], options: { config: { type: 'string' } }, strict: true })
    const config = readConfig(env)
    const log = createLog(config.logLevel)
    let ready = false
    const asked = new Promise<void>((resolve) =>
      io.onStop((again) => {
        if (again) return io.exit(1)
        if (ready) return resolve()
        // It may wait for its database for a minute. Nothing is claimed yet, and whatever is half done is undone as after a crash.
        log.info('stopped before the start was complete')
        io.exit(0)
      }),
    )
    for (const sentence of unknownVariables(env)) log.warn(sentence)

    let app: CarillonApp
    try {
      const packs = await loadPacks(values.config)
      app = await createApp(config, { log, eventTypes: packs.eventTypes, exit: io.exit })
      const address = await app.start()
      ready = true
      io.started()
      const { role } = config
      log.info({ version: fullVersion, address, role, engine: app.dialect.engine, packs: packs.names, logOnly: app.registry.logOnly() }, 'Carillon is ready')
      log.debug({ folder: getCompileCacheDir() ?? null }, 'compiled code is kept for the next start in this folder, if there is one')
    } catch (error) {
      // The sentence is for whoever starts it; where it came from helps only with a mistake of ours.
      const trace = error instanceof StartError && !log.isLevelEnabled('debug') ? {} : { err: error }
      log.fatal(trace, `the start failed: ${error instanceof Error ? error.message : String(error)}`)
      throw error
    }
    const { refusal, free } = app.admission.state()
    if (refusal === 'storage_full')
      log.warn(
        { free, floor: config.diskFloor, folder: config.dataDir },
        `no event is accepted: ${diskDetail(free, config.diskFloor)}. Free space in ${config.dataDir}, or lower the floor.`,
      )
    const outOfReach = whyNotReached(new URL(config.baseUrl).hostname)
    if (outOfReach !== null)
      log.warn(
        { baseUrl: config.baseUrl },
        `links in mails and chats begin with ${config.baseUrl}, whose host ${outOfReach}: set CARILLON_BASE_URL to the address under which people reach the hub`,
      )
    if (config.rootKey === null && (await hasNoKey(app)))
      log.warn('nobody can call this hub yet, because there is no API key: `carillon keys create --name first --scope admin` makes one while it runs')
    if (app.registry.logOnly()) log.warn('log-only mode: there is no connection yet, messages are written to the log')

    await asked
    log.info('stopping: finishing the work in flight')
    try {
      const ended = await within(STOP, app.stop())
      if (ended) log.info('stopped')
      else {
        log.error('stopping took too long, because the database or another server does not answer: what is left is taken up by the next start or another node')
        io.exit(1)
      }
      return ended ? 0 : 1
    } catch (error) {
      log.error({ err: error }, 'stopping failed')
      return 1
    }
  },
}
