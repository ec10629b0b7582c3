import { chmodSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JsonObject } from '@carillon/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engines } from '../setup/engines.ts'
import { goodForms } from './good-forms.ts'
import { openWorld, type World } from './world.ts'

/** A person may type a blank there, and a template is its author's. */
const AS_TYPED = ['password', 'username', 'body']

/** The same form as it is copied from a page: blanks, line ends and signs that nobody sees around every text. */
function copied(form: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(form).map(([name, value]) => {
      if (AS_TYPED.includes(name)) return [name, value]
      if (typeof value === 'string') return [name, `\ufeff \t${value}\u200b \r\n`]
      return [name, Array.isArray(value) ? value.map((one) => (typeof one === 'string' ? ` ${one}\n` : one)) : value]
    }),
  )
}

describe.each(engines)('forms that were pasted (%s)', (engine) => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'carillon-scripts-')))
  let world: World
  beforeAll(async () => {
    writeFileSync(join(folder, 'notify.sh'), '#!/bin/sh\n')
    chmodSync(join(folder, 'notify.sh'), 0o755)
    world = await openWorld(engine, { unconnected: true, env: { CARILLON_SCRIPTS_DIR: folder } })
  })
  afterAll(async () => {
    await world.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  it('are stored by every provider as if they had been typed', async () => {
    let made = 0
    const { connections } = world.client()
    const saved = async (provider: string, form: { settings?: JsonObject; destination: JsonObject }) => {
      const { id } = await connections.create({ provider, name: `${provider} ${made++}`, personal: false, enabled: false, ...form }, { force: true })
      const { settings, destination } = world.app.registry.find(id)!
      return { settings, destination }
    }
    const forms = Object.entries(goodForms(world.hooks.url, 'notify.sh')).filter(([, { destination }]) => !('keys' in destination))
    for (const [provider, { settings, destination }] of forms) {
      const typed = await saved(provider, { ...(settings && { settings }), destination })
      const pasted = await saved(provider, { ...(settings && { settings: copied(settings) }), destination: copied(destination) })
      // The last line end of a key file is one of the blanks around it.
      expect(JSON.parse(JSON.stringify(pasted)), provider).toEqual(JSON.parse(JSON.stringify(typed)))
    }
  })

  it('are read for a person’s destination, and for a token with the words before it', async () => {
    const { me } = world.client('ana')
    await world.client().connections.create({ provider: 'webhook', name: 'Hooks', personal: true })
    await me.putDestination('webhook', { url: ` <${world.hooks.url}/ana> `, bearer: 'Bearer s3cret-token' })
    const { id } = await world.client().events.notify({ to: ['ana'], channels: ['webhook'], title: 'Hello', body: '' })
    await world.atRest()
    expect((await world.client().deliveries.list({ event: id })).items).toMatchObject([{ state: 'sent' }])
    expect(world.hooksAt('/ana')[0]?.headers['authorization']).toBe('Bearer s3cret-token')
  })
})
