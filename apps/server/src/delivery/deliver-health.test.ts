import { describe, expect, it } from 'vitest'
import type { Connection } from '../domain/connection.ts'
import { aConnection, NOON } from '../domain/testing/samples.ts'
import { SECOND } from '../domain/time.ts'
import { attempt, fails, mailgun, smtp, tried } from './testing/attempt.ts'

/** What is reported of a connection whose destinations have hosts of their own. */
async function healthOfHook(answer: ReturnType<typeof fails>, more: Partial<Connection> = {}) {
  const hook = aConnection({ id: 'con_hook', provider: 'webhook', ...more })
  return (await attempt({ webhook: answer }, [hook], {}, { capabilities: { webhook: { target: 'destination' } } })).outcome.health
}

describe('the target of a health report', () => {
  it("is the destination for a person's own server", async () => {
    const report = { error: 'it was temporary', trouble: 'unreachable', at: NOON }
    expect(await healthOfHook(fails('temporary'))).toEqual([{ ...report, target: 'dst_ada' }])
    expect(await healthOfHook(fails('temporary'), { personal: false })).toEqual([{ ...report, target: 'con_hook' }])
  })

  it('is the destination for an address that a person named and the guard refused, whatever the provider', async () => {
    const refused = fails('misconfigured', { code: 'address_not_allowed' })
    const report = { target: 'dst_ada', error: 'it was misconfigured', trouble: 'unreachable', at: NOON }
    const { outcome } = await attempt({ mailgun: refused, smtp: refused }, [mailgun, smtp], { namedBy: 'person' })
    expect(outcome.health, 'one failure, however many connections lead there').toEqual([report])
    expect(tried(outcome).map(([connection]) => connection)).toEqual(['con_mailgun', 'con_smtp'])
    const theirs = (await attempt({ mailgun: refused }, [mailgun])).outcome
    expect(theirs.health, 'an application named it').toEqual([{ ...report, target: 'con_mailgun' }])
  })

  it('is paused but not unhealthy after a rate limit, by 429 or in words of its own', async () => {
    const said = async (options: object) => (await attempt({ smtp: fails('temporary', options) }, [smtp])).outcome.health
    const of = { target: 'con_smtp', error: 'it was temporary', trouble: 'busy', at: NOON }
    expect(await said({ status: 429 })).toEqual([{ ...of, pauseMs: 5 * SECOND }])
    expect(await said({ status: 429, retryAfterMs: 90 * SECOND })).toEqual([{ ...of, pauseMs: 90 * SECOND }])
    expect(await said({ status: 400, throttled: 'target' })).toEqual([{ ...of, pauseMs: 5 * SECOND }])
    expect(await said({ status: 503 })).toEqual([{ ...of, trouble: 'failing' }])
  })

  it('is the connection when the rate limit covers all of it, although destinations have hosts of their own', async () => {
    const enough = fails('temporary', { status: 429, throttled: 'connection' })
    expect(await healthOfHook(enough)).toMatchObject([{ target: 'con_hook', pauseMs: 5 * SECOND }])
  })

  it.each([
    ['proxy', 'con_hook'],
    ['proxy_path', 'dst_ada'],
  ])('of a failure with the code %s is %s, although destinations have hosts of their own', async (code, target) => {
    expect(await healthOfHook(fails('temporary', { code }))).toMatchObject([{ target }])
  })

  it('is missing when the failure concerns only this message', async () => {
    const { outcome } = await attempt({ smtp: fails('temporary', { scope: 'message' }) }, [smtp])
    expect(outcome).toMatchObject({ state: 'queued', health: [] })
  })
})

describe('a shared connection', () => {
  const team = aConnection({ id: 'con_team', provider: 'smtp', personal: false, destination: { address: 'team@example.com' } })
  const job = { recipient: 'con_team', destinationId: 'con_team', notificationId: null, destination: null }

  it('is sent to its own destination', async () => {
    const { asked } = await attempt({ smtp: () => ({}) }, [team], job)
    expect(asked[0]!.job.destination).toEqual({ address: 'team@example.com' })
  })

  it('is misconfigured when its address is gone: an operator has to repair it', async () => {
    const { outcome } = await attempt({ smtp: fails('unreachable', { status: 404, code: 'http_404' }) }, [team], job)
    expect(outcome).toMatchObject({ state: 'queued', unreachable: null, health: [{ target: 'con_team', error: 'it was unreachable', at: NOON }] })
    expect(outcome.tries[0]).toMatchObject({ outcome: 'retry', code: 'http_404', status: 404 })
  })

  it('is misconfigured when its address refuses us; for a personal destination that would concern only the destination', async () => {
    const forbidden = fails('misconfigured', { scope: 'message', status: 403, code: 'http_403' })
    expect((await attempt({ smtp: forbidden }, [team], job)).outcome.health).toEqual([
      { target: 'con_team', error: 'it was misconfigured', trouble: 'settings', at: NOON },
    ])
    // It is counted only: five alike of different recipients would blame the connection.
    expect((await attempt({ smtp: forbidden }, [smtp])).outcome.health).toMatchObject([{ target: 'con_smtp', refusal: { destination: 'dst_ada' } }])
  })
})
