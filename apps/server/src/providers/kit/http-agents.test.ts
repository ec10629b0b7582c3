import { request } from 'undici'
import { expect, it, onTestFinished } from 'vitest'
import { createOutbound, parseAllowList } from '../../security/outbound.ts'
import { createCertificates } from '../testing/certificates.ts'
import { startReceiver } from '../testing/receiver.ts'
import { createHttpAgents } from './http-agents.ts'

it('forgets an authority with the last connection that was made under it, and never whoever trusts nobody else', async () => {
  const server = await startReceiver()
  const agents = createHttpAgents(createOutbound({ allow: parseAllowList('127.0.0.1') }), 1)
  onTestFinished(agents.close)
  const trust = { caCertificate: createCertificates().ca }
  const [own, strict] = [agents.agentFor(trust), agents.agentFor(undefined)]
  for (const dispatcher of [own, strict]) await (await request(server.url, { dispatcher })).body.dump()
  expect(agents.agentFor({ ...trust }), 'one for all who trust alike').toBe(own)
  expect(agents.agentFor({ allowInvalidCertificate: true })).not.toBe(own)
  await server.close()
  await expect.poll(() => agents.agentFor(trust)).not.toBe(own)
  expect(agents.agentFor(undefined)).toBe(strict)

  const next = agents.agentFor(trust)
  await expect(request(server.url, { dispatcher: next })).rejects.toThrow()
  expect(agents.agentFor(trust), 'nor does a dead server keep it').not.toBe(next)
})
