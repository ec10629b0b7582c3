import { describe, expect, it } from 'vitest'
import { engines } from '../../test/setup/engines.ts'
import { startReceiver } from '../providers/testing/receiver.ts'
import { startSmtpReceiver } from '../providers/testing/smtp-receiver.ts'
import { holdSending } from '../storage/operations/sending-hold.ts'
import { atEnd, hubOn } from './testing/hubs.ts'
import { run } from './testing/io.ts'

describe.each(engines)('the commands for three in the morning (%s)', (engine) => {
  async function rig() {
    const { hub, env } = await hubOn(engine)
    const [hooks, mail] = await Promise.all([startReceiver(), startSmtpReceiver()])
    atEnd(hooks.close)
    atEnd(mail.close)
    const { connections, users, eventTypes } = hub.client()
    const settings = { host: mail.host, port: mail.port, security: 'none', from: 'Bells <bells@example.com>' }
    const office = await connections.create({ provider: 'smtp', name: 'Office mail', settings, personal: true })
    await connections.create({ provider: 'webhook', name: 'Hooks', personal: true })
    await connections.create({ provider: 'webhook', name: 'Old hooks', personal: true, enabled: false, priority: 5 })
    await eventTypes.put('build.failed', { channels: { in_app: true, email: true, webhook: true }, templates: { default: { title: 'Red' } } })
    await users.put('ana', { email: 'ana@example.com' })
    await users.put('ben', {})
    await hub.client('ana').me.putDestination('webhook', { url: `${hooks.url}/ana` })
    const report = async () => {
      const { id } = await hub.client().events.report({ type: 'build.failed', to: ['ana', 'ben'] })
      await hub.settle()
      return id
    }
    return { hub, env: { CARILLON_URL: hub.address, CARILLON_KEY: env.CARILLON_ROOT_KEY }, hooks, mail, office, report }
  }

  it('why shows each recipient’s decisions, deliveries and errors, and fails when something failed', async () => {
    const { hub, env, hooks, report } = await rig()
    const well = await report()
    const shown = await run(['why', well], env)
    expect(shown.code).toBe(0)
    expect(shown.out).toMatch(new RegExp(`^${well} build.failed\\naccepted .* for ana, ben\\nplanned: every decision is stored`))
    expect(shown.out).toMatch(/^ana +webhook +goes out: routed +sent after 1 attempt through Hooks at \S+ \(dlv_\w+\)$/m)
    expect(shown.out).toMatch(/^ana +in_app +goes out: routed +in the inbox$/m)
    expect(shown.out).toMatch(/^ben +.*skipped: no_destination +-$/m)
    expect(shown.out).toContain('2 deliveries, none failed.')

    hooks.respond(400)
    const badly = await report()
    const failed = await run(['why', badly, 'ana'], env)
    expect(failed.code).toBe(1)
    expect(failed.out).toMatch(/^ana +webhook +goes out: routed +failed after 1 attempt through Hooks: .*400/m)
    expect(failed.out).not.toMatch(/^ben/m)
    expect(failed.out).toContain('2 deliveries, 1 failed.')
    const json = JSON.parse((await run(['why', badly, '--json'], env)).out)
    expect(json).toMatchObject({
      event: { id: badly },
      wrong: true,
      deliveries: expect.arrayContaining([expect.objectContaining({ state: 'failed', channel: 'webhook' })]),
    })

    expect(await run(['why', badly, 'nobody'], env)).toMatchObject({ code: 1, out: expect.stringContaining('"nobody": it is not among the recipients') })
    expect(await run(['why', 'evt_01'], env)).toMatchObject({ code: 1, err: expect.stringContaining('not_found') })
    expect(await run(['why'], env)).toMatchObject({ code: 2, err: expect.stringContaining('the id of the event is missing') })
    await hub.reconcile()
  })

  it('why says of what waits that sending is held after a restore', async () => {
    const { hub, env, hooks, report } = await rig()
    hooks.respond(500)
    const waiting = await report()
    expect((await run(['why', waiting], env)).out).not.toContain('Nothing is sent')
    await hub.app.dialect.db.transaction().execute((trx) => holdSending(trx, { backupAt: 0, restoredAt: 1 }))
    expect((await run(['why', waiting], env)).out).toMatch(/^Nothing is sent at present: restored from a backup of 1970.*`carillon restore confirm`/m)
  })

  it('deliveries lists them by state, person, connection and age', async () => {
    const { env, hooks, report } = await rig()
    hooks.respond(400)
    const id = await report()
    const failed = await run(['deliveries', '--state', 'failed', '--since', '1h'], env)
    expect(failed.code).toBe(0)
    expect(failed.out.split('\n')).toHaveLength(2)
    expect(failed.out).toMatch(new RegExp(`dlv_\\w+ +${id} +ana +webhook +Hooks +failed +1 +.*400`))
    const mails = JSON.parse(
      (await run(['deliveries', '--event', id, '--user', 'ana', '--channel', 'email', '--connection', 'office MAIL', '--json'], env)).out,
    )
    expect(mails).toMatchObject([{ eventId: id, channel: 'email', state: 'sent' }])
    expect((await run(['deliveries', '--event', id, '--limit', '1'], env)).out).toContain('These are the newest 1')
    expect((await run(['deliveries', '--state', 'held'], env)).out).toBe('There is no such delivery.')
    for (const [option, name, words] of [
      ['--channel', 'emial', 'there is no channel "emial" (did you mean email?)'],
      ['--user', 'anna', 'there is no user "anna" on this hub'],
      ['--event', 'evt_1', 'there is no event "evt_1" on this hub'],
    ] as const)
      expect(await run(['deliveries', option, name], env)).toMatchObject({ code: 1, out: '', err: expect.stringContaining(words) })
    expect(await run(['deliveries', '--connection', 'Fax'], env)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/no connection "Fax"; the hub has: .*Office mail/),
    })
    expect(await run(['deliveries', '--since', 'yesterday'], env)).toMatchObject({
      code: 2,
      err: expect.stringContaining('--since must be an age such as 30m'),
    })
    expect(await run(['deliveries', '--state', 'lost'], env)).toMatchObject({ code: 2, err: expect.stringContaining('--state must be one of held') })
  })

  it('connections shows state and last error, and tests one by its name', async () => {
    const { env, mail, hooks, office } = await rig()
    const list = await run(['connections'], env)
    expect(list.out).toMatch(/Office mail +smtp +email +people +healthy/)
    expect(list.out).toMatch(/Old hooks +webhook +webhook +people +off/)

    expect(await run(['connections', 'test', 'office mail', '--to', 'ana@example.com'], env)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^Office mail \(con_\w+, smtp\) works/),
    })
    expect(mail.mails.map(({ to }) => to)).toEqual([['ana@example.com']])
    expect(await run(['connections', 'test', 'Hooks', '--to', `{"url":"${hooks.url}/try"}`], env)).toMatchObject({ code: 0 })
    expect(await run(['connections', 'test', 'Hooks', '--to', `${hooks.url}/again`], env)).toMatchObject({ code: 0 })

    mail.refuse('mail', '530 5.7.0 Authentication required')
    const refused = await run(['connections', 'test', office.id, '--to', 'ana@example.com'], env)
    expect(refused).toMatchObject({ code: 1, out: expect.stringMatching(/does not work:\n {2}error {2}.*530 5\.7\.0/) })
    expect((await run(['connections', 'list'], env)).out).toMatch(/Office mail .*530 5\.7\.0/)
    const nowhere = await run(['connections', 'test', 'Hooks'], env)
    expect(nowhere).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/--to is missing .*\/to.*: Hooks \(webhook\) can only be tested by sending/) })
    expect(await run(['why', 'evt_1'], env)).toMatchObject({ code: 1, out: '', err: expect.stringContaining('there is no event "evt_1" on this hub') })
    expect(await run(['connections', 'mend'], env)).toMatchObject({ code: 2 })
  })

  it('a wrong key and a hub that is not there are explained', async () => {
    const { env } = await rig()
    for (const args of [['why', 'evt_1'], ['deliveries'], ['connections']]) {
      expect(await run(args, { ...env, CARILLON_KEY: 'no key at all' })).toMatchObject({
        code: 1,
        out: '',
        err: expect.stringMatching(/unauthorized.*\n.*CARILLON_KEY/),
      })
      expect(await run(args, { ...env, CARILLON_URL: 'http://127.0.0.1:1' })).toMatchObject({
        code: 1,
        err: expect.stringContaining('Is the hub running there?'),
      })
    }
  })
})
