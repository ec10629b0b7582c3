// The upper limit of row `accept`: the same framework and body, and nothing else.
import Fastify from 'fastify'

const app = Fastify()
app.post('/v1/events', async (_request, reply) => {
  reply.code(202)
  return { id: 'evt_0' }
})
const address = await app.listen({ port: 0, host: '127.0.0.1' })
process.send?.({ address })
process.on('disconnect', () => process.exit())
process.on('SIGTERM', () => process.exit())
