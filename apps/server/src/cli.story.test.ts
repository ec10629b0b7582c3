import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { engines } from '../test/setup/engines.ts'
import { atEnd, hubOn, nothingOn } from './cli/testing/hubs.ts'
import { run } from './cli/testing/io.ts'
import { startReceiver } from './providers/testing/receiver.ts'
import { newKey } from './security/secrets.ts'
import { startTestHub } from './testing.ts'

describe.each(engines)('commands (%s)', (engine) => {
  it('migrate prints the applied migrations, and then that the database is up to date', async () => {
    const env = await nothingOn(engine)
    const first = await run(['migrate', '--json'], env)
    expect(JSON.parse(first.out)).toMatchObject({ engine, applied: expect.arrayContaining(['0001-hub']) })
    expect(await run(['migrate'], env)).toEqual({ code: 0, out: `The ${engine} database is up to date.`, err: '' })
    const other = await run(['migrate'], { ...env, CARILLON_SECRET_KEY: newKey('main') })
    expect(other.code).toBe(1)
    expect(other.err).toContain('CARILLON_SECRET_KEY does not open this database')
  })

  it('commands on the database make none: they say where they looked and what changes it', async () => {
    const env = await nothingOn(engine)
    const elsewhere = { CARILLON_DATA_DIR: join(env.CARILLON_DATA_DIR, 'other'), ...(engine === 'postgres' && env) }
    for (const command of [['keys', 'create', '--name', 'first', '--scope', 'admin'], ['keys', 'list'], ['keys', 'revoke', 'key_1'], ['rekey']]) {
      const refused = await run(command, elsewhere)
      expect(refused, command.join(' ')).toMatchObject({ code: 1, out: '', err: expect.stringContaining('carillon migrate') })
      expect(refused.err).toContain(
        engine === 'sqlite' ? `no hub's database at ${join(env.CARILLON_DATA_DIR, 'other', 'carillon.db')}. CARILLON_DATA_DIR` : 'no hub has used the database',
      )
    }
    expect(await readdir(env.CARILLON_DATA_DIR)).toEqual([])
    expect((await run(['migrate'], env)).out).toMatch(
      engine === 'sqlite' ? /^A new database: .*carillon\.db\. Applied:/ : /^The postgres database was empty\. Applied:/,
    )
  })

  it('keys create works before the first start; the key opens a hub until it is revoked', async () => {
    const env = await nothingOn(engine)
    await run(['migrate'], env)
    const made = await run(['keys', 'create', '--name', 'first', '--scope', 'admin', '--scope', 'admin'], env)
    expect(made).toMatchObject({ code: 0, out: expect.stringMatching(/^ck_\w+$/), err: expect.stringContaining('has the scope admin') })
    const hub = await startTestHub({ databaseUrl: env.CARILLON_DATABASE_URL, env: { CARILLON_SECRET_KEY: env.CARILLON_SECRET_KEY } })
    atEnd(hub.stop)
    const withKey = { CARILLON_URL: hub.address, CARILLON_KEY: made.out }
    expect((await run(['users', 'put', 'ana', '--name', 'Ana'], withKey)).code).toBe(0)

    const [row] = JSON.parse((await run(['keys', 'list', '--json'], env)).out)
    expect(row).toMatchObject({ name: 'first', scopes: ['admin'], revokedAt: null })
    expect(JSON.stringify(row)).not.toContain(made.out)
    expect((await run(['keys', 'list'], env)).out).toMatch(/first +admin .*valid/)
    expect((await run(['keys', 'revoke', row.id], env)).code).toBe(0)
    expect((await run(['keys', 'revoke', row.id], env)).code).toBe(1)
    expect((await run(['keys', 'list'], env)).out).toMatch(/first +admin .*revoked/)

    const audited = (await hub.client().audit.list()).items.map(({ actor, action }) => `${actor} ${action}`)
    expect(audited).toEqual(expect.arrayContaining(['cli key.created', 'cli key.revoked']))
  })

  it('users are added, shown, listed, given a token and removed', async () => {
    const { hub, env } = await hubOn(engine)
    const put = await run(['users', 'put', 'chloe', '--name', 'Chloé', '--email', 'chloe@example.com', '--locale', 'fr', '--data', '{"team":"web"}'], env)
    expect(put.code).toBe(0)
    expect(put.out).toContain('chloe@example.com')
    await run(['users', 'put', 'chloe', '--email', '', '--no-active'], env)
    expect(JSON.parse((await run(['users', 'show', 'chloe', '--json'], env)).out)).toMatchObject({
      name: 'Chloé',
      email: null,
      active: false,
      data: { team: 'web' },
    })
    await run(['users', 'put', 'chloe', '--active'], env)
    expect((await run(['users', 'list'], env)).out).toMatch(/^ID .*\nchloe +Chloé +- +fr +yes$/)

    const { out: token } = await run(['users', 'token', 'chloe'], env)
    const answer = await fetch(`${hub.address}/v1/me/routing`, { headers: { authorization: `Bearer ${token}` } })
    expect(answer.status).toBe(200)

    const wrong = await run(['users', 'put', 'chloe', '--email', 'nowhere'], env)
    expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining('/email') })
    expect((await run(['users', 'delete', 'chloe'], env)).code).toBe(0)
    expect((await run(['users', 'show', 'chloe'], env)).code).toBe(1)
  })

  it('send reports an event, and with --wait shows the result', async () => {
    const { hub, env } = await hubOn(engine)
    const hooks = await startReceiver()
    atEnd(hooks.close)
    await hub.client().connections.create({ provider: 'webhook', name: 'Hooks', personal: true })
    await hub.client().users.put('ana', {})
    await hub.client('ana').me.putDestination('webhook', { url: `${hooks.url}/ana` })
    await hub.client().eventTypes.put('build.failed', { templates: { default: { title: '{{ data.project }} is red' } } })
    const build = ['send', '--type', 'build.failed', '--to', 'ana', '--data', '{"project":"web"}']

    const plain = await run(build, env)
    expect(plain).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^evt_\w+$/),
      err: `It is on the hub's disk. \`carillon why ${plain.out}\` shows who gets it, and who does not and why; --wait waits for that.`,
    })
    expect(await run([...build, '--json'], env)).toMatchObject({ code: 0, err: '' })
    const waited = await run([...build, '--wait', '--json'], env)
    expect(waited.code).toBe(0)
    expect(JSON.parse(waited.out)).toMatchObject({ state: 'planned', result: 'done', deliveries: [{ recipient: 'ana', channel: 'webhook', state: 'sent' }] })

    const message = await run(['send', '--title', 'Hello', '--body', 'You', '--to', 'ana', '--wait'], env)
    expect(message.code).toBe(0)
    expect(message.out).toMatch(/ana +webhook +sent +1/)
    expect(message.out).toMatch(/^ {2}ana · .*\bemail\b.* · skipped: no_connection$/m)

    hooks.respond(400)
    const refused = await run([...build, '--wait'], env)
    expect(refused).toMatchObject({ code: 1, out: expect.stringContaining('Not everything arrived.') })
    hooks.respond(503)
    const late = await run([...build, '--wait', '--timeout', '1'], env)
    expect(late).toMatchObject({ code: 1, out: expect.stringContaining('Not everything had ended') })
    expect(await run(['send', '--type', 'never.heard', '--to', 'ana'], env)).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('unknown_event_type'),
    })
    await hub.reconcile()
  })
})

it('migrate refuses a SQLite file that a running hub has locked', async () => {
  const { env } = await hubOn('sqlite')
  expect(await run(['migrate'], env)).toMatchObject({ code: 1, out: '' })
})
