// `carillon serve` with a rule that no version ships: every webhook is held for a moment, so that processes can die while they release.
import { createApp } from '../../src/app/app.ts'
import { readConfig } from '../../src/config.ts'
import { createLog } from '../../src/log.ts'
import type { TimeRule } from '../../src/routing/standing.ts'

/** Milliseconds, real ones: long enough that several deliveries are released together. */
const MOMENT = 150

const rule: TimeRule = { reason: 'quiet_hours', moments: ['plan'], until: (_standing, channel, { now }) => (channel.name === 'webhook' ? now + MOMENT : null) }

const config = readConfig(process.env)
const log = createLog(config.logLevel)
const app = await createApp(config, { log, timeRules: [rule] })
log.info({ address: await app.start() }, 'Carillon is ready')
