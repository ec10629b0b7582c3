import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { engines } from '../setup/engines.ts'
import { everythingStored } from './tables.ts'
import { decisionsOf, openWorld, partsOf, statesOf, type World } from './world.ts'

describe.each(engines)('sensitive data (%s)', (engine) => {
  let world: World
  const lines: string[] = []
  let n = 0
  beforeAll(async () => {
    world = await openWorld(engine, { log: (line) => lines.push(line) })
    await world.client().eventTypes.put('login.code', {
      category: 'account',
      schema: {
        type: 'object',
        required: ['code'],
        properties: {
          code: { type: 'string', 'x-sensitive': true },
          device: { type: 'object', properties: { pin: { type: 'integer', 'x-sensitive': true }, name: { type: 'string' } } },
        },
      },
      templates: { default: { title: 'Your code', body: 'It is {{ data.code }} for {{ data.device.name }}, pin {{ data.device.pin }}.' } },
    })
    await world.client().connections.create({
      provider: 'webhook',
      name: 'Everything',
      personal: false,
      destination: { url: `${world.hooks.url}/shared` },
      events: [{ type: '*' }],
    })
  })
  afterEach(() => world.atRest())
  afterAll(() => world.stop())

  const secretOf = (user: string) => `sesame-${user}-51f0`
  async function report() {
    const user = `s${++n}`
    await world.client(user).me.putDestination('webhook', { url: `${world.hooks.url}/${user}` })
    const { id } = await world.client().events.report({
      type: 'login.code',
      to: [{ user, email: `${user}@example.com` }],
      data: { code: secretOf(user), device: { pin: 424_242, name: 'Phone' } },
    })
    await world.atRest()
    return { user, id, secret: secretOf(user) }
  }
  async function sealed(id: string): Promise<string | null> {
    const { db, bytesOf } = world.app.dialect
    const row = await db.selectFrom('events').select('sensitive').where('id', '=', bytesOf('evt', id)).executeTakeFirstOrThrow()
    return row.sensitive
  }

  it('is visible in the person’s own mail, and masked everywhere else', async () => {
    const hub = world.client()
    const { user, id, secret } = await report()
    const mail = partsOf(world.mailsTo(`${user}@example.com`)[0]!)
    expect(mail['text/plain']).toContain(`${secret} for Phone, pin 424242`)
    expect(mail['text/html']).toContain(secret)

    const masked = { code: '********', device: { pin: '********', name: 'Phone' } }
    expect((await hub.events.get(id)).data).toEqual(masked)
    expect(world.hooksAt(`/${user}`)[0]!.json()).toMatchObject({ data: masked })
    const [entry] = (await world.client(user).inbox.list()).items
    expect(entry).toMatchObject({ data: masked, body: expect.stringContaining('********') })

    const seen = JSON.stringify([
      entry,
      await hub.events.get(id),
      await hub.events.trace(id),
      await hub.deliveries.list({ event: id }),
      (await hub.audit.list()).items,
    ])
    expect(seen).not.toContain(secret)
    expect(lines.join('\n')).not.toContain(secret)
    expect(await everythingStored(world), 'the text search must be able to find things').toContain('Phone')
    expect(await everythingStored(world)).not.toContain(secret)
  })

  it('is not sent to shared connections', async () => {
    const { id } = await report()
    const decisions = await decisionsOf(world.client(), id)
    expect(
      Object.entries(decisions)
        .filter(([who]) => who.startsWith('con_'))
        .map(([, said]) => said),
    ).toEqual(['skip sensitive'])
    expect(world.hooksAt('/shared')).toEqual([])
  })

  it('stays encrypted until the last delivery has ended, and is deleted then', async () => {
    world.hooks.respond(503)
    const { user, id, secret } = await report()
    expect(await statesOf(world.client(), id)).toEqual({ [`${user} email`]: 'sent', [`${user} webhook`]: 'queued' })
    expect(await sealed(id)).toMatch(/^v1\./)
    expect(await everythingStored(world)).not.toContain(secret)

    world.hooks.respond(200)
    world.clock.advance(6000)
    await world.atRest()
    expect(JSON.stringify(world.hooksAt(`/${user}`).at(-1)!.json()), 'its own text is the person’s').toContain(secret)
    expect(await sealed(id)).toBeNull()
  })
})
