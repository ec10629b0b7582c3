import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadPacks } from '../../src/packs.ts'
import { engines } from '../setup/engines.ts'
import { openWorld, refusal } from './world.ts'

// A folder outside the checkout has no node_modules of the hub.
const entry = pathToFileURL(join(import.meta.dirname, '../../../../packages/pack/src/index.ts')).href
const PACK = `import { definePack, defineEventType } from '${entry}'
const paid = defineEventType({
  key: 'shop.paid', name: 'Paid', category: 'billing', locked: ['in_app'],
  schema: { type: 'object', required: ['total'], properties: { total: { type: 'number' } } },
  dedup: '{{ data.total }}',
  templates: { default: { title: 'Paid {{ data.total }}', body: '' }, locales: { de: { default: { title: 'Bezahlt: {{ data.total }}' } } } },
  sample: { total: 1 },
})
export const shop = definePack({ name: 'shop', eventTypes: [paid] })
`

describe('packs', () => {
  let folder: string
  let n = 0
  const config = async (text: string) => {
    const file = join(folder, `config-${n++}.ts`)
    await writeFile(file, text)
    return file
  }
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carillon-packs-'))
    await writeFile(join(folder, 'shop.ts'), PACK)
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('are empty without a configuration, and an error when the named file is missing', async () => {
    expect(await loadPacks(undefined, folder)).toEqual({ names: [], eventTypes: [] })
    await expect(loadPacks('missing.ts', folder)).rejects.toThrow(/missing\.ts does not exist/)
  })

  it('are read from carillon.config.ts beside the hub', async () => {
    await writeFile(join(folder, 'carillon.config.ts'), `import { shop } from './shop.ts'\nexport default { packs: [shop] }\n`)
    const { names, eventTypes } = await loadPacks(undefined, folder)
    expect([names, eventTypes.map(({ key }) => key)]).toEqual([['shop'], ['shop.paid']])
  })

  it('report errors of a configuration', async () => {
    await expect(loadPacks(await config('export const packs = []\n'))).rejects.toThrow(/export default \{ packs/)
    await expect(loadPacks(await config(`export default { packs: [{ name: 'x' }] }\n`))).rejects.toThrow(/export default \{ packs/)
    await expect(loadPacks(await config(`import { shop } from './shop.ts'\nexport default { packs: [shop, { ...shop, name: 'copy' }] }\n`))).rejects.toThrow(
      /two packs define the event type shop\.paid/,
    )
    await expect(
      loadPacks(await config(`import { definePack } from '${entry}'\nexport default { packs: [definePack({ name: 'Not A Name', eventTypes: [] })] }\n`)),
    ).rejects.toThrow(/lower-case/)
  })

  it.each(engines)('add their event types to a hub (%s)', async (engine) => {
    const { eventTypes } = await loadPacks(await config(`import { shop } from './shop.ts'\nexport default { packs: [shop] }\n`))
    const world = await openWorld(engine, { eventTypes })
    try {
      const hub = world.client()
      const report = (total: number | string) => hub.events.report({ type: 'shop.paid', to: ['ana', { user: 'dirk', locale: 'de' }], data: { total } })
      expect(await refusal(report('much'))).toMatchObject({ status: 422, pointer: '/data/total' })
      await report(12.5)
      await report(12.5)
      await world.atRest()
      expect((await world.client('ana').inbox.list()).items.map(({ title }) => title)).toEqual(['Paid 12.5'])
      expect((await world.client('dirk').inbox.list()).items.map(({ title }) => title)).toEqual(['Bezahlt: 12.5'])
      const row = (await world.client('ana').me.routing()).eventTypes.find(({ key }) => key === 'shop.paid')
      expect(row).toMatchObject({ category: 'billing', channels: { in_app: { enabled: true, locked: true } } })
    } finally {
      await world.stop()
    }
  })
})
