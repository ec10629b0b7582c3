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
  const [own, strict] = [agents.agentFor('application', trust), agents.agentFor('application', undefined)]
  for (const dispatcher of [own, strict]) await (await request(server.url, { dispatcher })).body.dump()
  expect(agents.agentFor('application', { ...trust }), 'one for all who trust alike').toBe(own)
  expect(agents.agentFor('application', { allowInvalidCertificate: true })).not.toBe(own)
  for (const given of [trust, undefined])
    expect(agents.agentFor('person', given), 'no socket of an operator for a person').not.toBe(agents.agentFor('application', given))
  await server.close()
  await expect.poll(() => agents.agentFor('application', trust)).not.toBe(own)
  expect(agents.agentFor('application', undefined)).toBe(strict)

  const next = agents.agentFor('application', trust)
  await expect(request(server.url, { dispatcher: next })).rejects.toThrow()
  expect(agents.agentFor('application', trust), 'nor does a dead server keep it').not.toBe(next)
})
