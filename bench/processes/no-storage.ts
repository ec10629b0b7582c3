// The hub's HTTP edge and validation, with a pipeline that stores nothing: the cost of the route without its commit.
import { createApp } from '../../apps/server/src/app/app.ts'
import { pipelineParts } from '../../apps/server/src/app/wire-pipeline.ts'
import { wireServer } from '../../apps/server/src/app/wire-server.ts'
import { wireServices } from '../../apps/server/src/app/wire-services.ts'
import { readConfig } from '../../apps/server/src/config.ts'
import { createServer } from '../../apps/server/src/http/server.ts'
import { createAccept } from '../../apps/server/src/pipeline/accept.ts'

const app = await createApp(readConfig(process.env))
const { report } = createAccept({ ...pipelineParts(app, () => false).accept, keep: async () => ({ kind: 'stored' }) })
const server = await createServer(wireServer(app, wireServices(app, { ...app.pipeline, report })))
const address = await server.listen({ port: 0, host: '127.0.0.1' })
process.send?.({ address })
process.on('disconnect', () => process.exit())
process.on('SIGTERM', () => process.exit())
