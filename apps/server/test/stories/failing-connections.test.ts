import { createClient } from '@carillon/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../../src/cli/testing/io.ts'
import { engines } from '../setup/engines.ts'
import { openWorld, smtpSettings, until, type World } from './world.ts'

describe.each(engines)('a connection that fails is named where one looks first (%s)', (engine) => {
  let world: World
  const lines: string[] = []
  const logged = () => lines.map((line) => JSON.parse(line) as { level: string; msg: string; [field: string]: unknown })
  beforeAll(async () => {
    world = await openWorld(engine, { clock: { now: Date.now, advance() {} }, log: (line) => lines.push(line) })
    const { connections } = world.client()
    await connections.create({ provider: 'smtp', name: 'Old mail', settings: smtpSettings(world.mail), personal: true, enabled: false })
  })
  afterAll(() => world.stop())

  const doctor = () =>
    run(['doctor', '--json'], {
      CARILLON_DATABASE_URL: world.databaseUrl,
      CARILLON_DATA_DIR: world.config.dataDir,
      CARILLON_SECRET_KEY: world.config.secretKey ?? '',
      CARILLON_BASE_URL: world.address,
      CARILLON_OUTBOUND_ALLOW: '127.0.0.1',
      CARILLON_DISK_FLOOR_MB: '1',
    })

  it('one that is switched off looks healthy nowhere', async () => {
    const { items } = await world.client().connections.list()
    expect(items.find(({ name }) => name === 'Old mail')?.health.state).toBe('off')
    const { checks } = await world.client().health.get()
    expect(checks.find(({ name }) => name === 'connections')).toEqual({
      name: 'connections',
      status: 'ok',
      detail: '2 connections, none failing; switched off: Old mail',
    })
    const { code, out } = await doctor()
    expect(out).toMatch(/connection “Old mail”",\s+"status": "warning",\s+"detail": "switched off/)
    expect(code, 'a warning is no failure').toBe(0)
  })

  it('from the first failure: in the log with the error and what to do, in the health, and in the doctor, which fails', async () => {
    world.mail.refuse('mail', '530 5.7.0 Authentication required')
    await world.client().events.notify({ to: [{ user: 'ada', email: 'ada@example.com' }], channels: ['email'], title: 'Hello', body: '' })
    const warning = () => logged().find(({ msg }) => msg.startsWith('the connection “Office mail” fails'))
    await until(() => warning() !== undefined, 'a warning in the log')
    expect(warning()).toMatchObject({
      level: 'warn',
      name: 'Office mail',
      provider: 'smtp',
      channel: 'email',
      error: expect.stringContaining('530'),
      remedy: expect.stringContaining('connections test con_'),
    })
    const { status, issues } = await world.client().health.get()
    expect(status).not.toBe('ok')
    expect(issues).toMatchObject([{ source: 'connections.email', message: expect.stringMatching(/Office mail.*530/) }])
    expect(await (await fetch(`${world.address}/metrics`, { headers: { authorization: `Bearer ${world.rootKey}` } })).text()).toMatch(
      /carillon_health_issue\{source="connections\.email",level="(warning|error)"\} 1/,
    )
    const { code, out } = await doctor()
    expect(code).toBe(1)
    expect(out).toMatch(/connection “Office mail”",\s+"status": "failing",\s+"detail": "[^"]*530/)
  })

  it('refused callers are counted and logged by the public part of their key, and never by the key', async () => {
    const { key, prefix } = await world.client().keys.create({ name: 'reader', scopes: ['read'] })
    const reader = createClient({ baseUrl: world.address, token: key, retries: 0 })
    await expect(reader.users.put('ben', {})).rejects.toMatchObject({ status: 403 })
    for (let n = 0; n < 3; n++) expect((await fetch(`${world.address}/v1/events`)).status).toBe(401)
    const stranger = 'ck_AAAAAAAA_no-key-of-ours'
    expect((await fetch(`${world.address}/v1/users`, { headers: { authorization: `Bearer ${stranger}` } })).status).toBe(401)
    const metrics = await (await fetch(`${world.address}/metrics`, { headers: { authorization: `Bearer ${world.rootKey}` } })).text()
    expect(metrics).toContain('carillon_requests_refused_total{reason="forbidden"} 1')
    expect(metrics).toContain('carillon_requests_refused_total{reason="unauthorized"} 4')
    const refusals = logged().filter(({ msg }) => msg.startsWith('a caller was refused'))
    expect(refusals).toMatchObject([
      { level: 'warn', reason: 'forbidden', key: prefix, address: '127.0.0.1', method: 'PUT', route: '/v1/users/:id' },
      { level: 'warn', reason: 'unauthorized', key: null, address: '127.0.0.1', route: '/v1/events' },
    ])
    for (const secret of [key.split('_')[2] ?? '', stranger.split('_')[2] ?? '']) expect(lines.join('\n')).not.toContain(secret)
  })
})
