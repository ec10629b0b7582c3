import { describe, expect, it } from 'vitest'
import { aConnection, anEvent } from '../domain/testing/samples.ts'
import { DeliveryError, type DeliveryErrorOptions } from '../providers/kit/delivery-error.ts'
import { likenessOf } from './likeness.ts'
import { attempt, smtp } from './testing/attempt.ts'

const backup = aConnection({ id: 'con_backup', provider: 'backup', priority: 2 })

describe('a refusal of unknown subject', () => {
  const refuses =
    (more: DeliveryErrorOptions = {}) =>
    () => {
      throw new DeliveryError('rejected', 'it was rejected', { status: 550, code: 'smtp_550', ...more })
    }
  const alike = (...events: string[]) => ({
    likeness: likenessOf(new DeliveryError('rejected', 'it was rejected', { status: 550, code: 'smtp_550' }), {})!,
    refused: events.map((event, n) => ({ destination: `dst_${n}`, delivery: `dlv_${n}`, event })),
    blamed: true,
  })

  it('ends the delivery and is reported with its likeness', async () => {
    const { outcome } = await attempt({ smtp: refuses() }, [smtp])
    expect(outcome).toMatchObject({ state: 'failed', health: [{ target: 'con_smtp', refusal: { delivery: 'dlv_1', event: 'evt_1', ofRecipient: false } }] })
    expect((await attempt({ smtp: refuses({ about: 'recipient' }) }, [smtp])).outcome.health).toMatchObject([{ refusal: { ofRecipient: true } }])
    expect((await attempt({ smtp: refuses({ about: 'message' }) }, [smtp])).outcome.health).toEqual([])
  })

  it('of one reporter is tried again while the series speaks for that one, and those of others end as ever', async () => {
    const series = { ...alike('evt_1', 'evt_2'), voice: 'key:a' }
    const by = async (reporter: string) => (await attempt({ smtp: refuses() }, [smtp], { event: anEvent({ reporter }) }, { alike: series })).outcome
    expect(await by('key:a')).toMatchObject({ state: 'queued', health: [] })
    expect(await by('key:b')).toMatchObject({ state: 'failed', health: [{ refusal: { reporter: 'key:b' } }] })
  })

  it('of a server of the person’s own says nothing of the connection', async () => {
    const hook = aConnection({ id: 'con_hook', provider: 'hook' })
    const { outcome } = await attempt({ hook: refuses() }, [hook], {}, { capabilities: { hook: { target: 'destination' } } })
    expect([outcome.state, outcome.health]).toEqual(['failed', []])
  })

  it('is the fault of a connection that is blamed for it: tried on the next one, and later', async () => {
    const blamed = await attempt({ smtp: refuses() }, [smtp], {}, { alike: alike('evt_1', 'evt_2') })
    expect(blamed.outcome).toMatchObject({ state: 'queued', health: [{ target: 'con_smtp', trouble: 'settings' }] })
    expect(blamed.outcome.health[0]).not.toHaveProperty('refusal')
    const one = await attempt({ smtp: refuses() }, [smtp], {}, { alike: alike('evt_1', 'evt_1') })
    expect(one.outcome, 'one message alone does not block the others again').toMatchObject({ state: 'queued', health: [] })
    const over = await attempt({ smtp: refuses(), backup: () => ({}) }, [smtp, backup], {}, { alike: alike('evt_1', 'evt_2') })
    expect(over.outcome.state).toBe('sent')
  })
})
