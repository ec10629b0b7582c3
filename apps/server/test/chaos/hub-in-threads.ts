// `carillon serve`, whose thread sends from the first delivery on, so that processes can die in it.
import { createApp } from '../../src/app/app.ts'
import { readConfig } from '../../src/config.ts'
import { createLog } from '../../src/log.ts'

const config = readConfig({ ...process.env, CARILLON_SEND_THREADS: '1' })
const log = createLog(config.logLevel)
const app = await createApp(config, { log, alwaysInThreads: true })
log.info({ address: await app.start() }, 'Carillon is ready')
