import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { loadPacks } from './packs.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carillon-packs-'))
})
afterEach(() => rm(folder, { recursive: true }))

const written = async (text: string, name = 'carillon.config.ts') => {
  await writeFile(join(folder, name), text)
  return loadPacks(name === 'carillon.config.ts' ? undefined : name, folder)
}
const pack = (name: string, ...keys: string[]) => `{ name: '${name}', eventTypes: [${keys.map((key) => `{ key: '${key}' }`).join(', ')}] }`

it('has no packs where there is no configuration in code', async () => {
  expect(await loadPacks(undefined, folder)).toEqual({ names: [], eventTypes: [] })
})

it('wants a file that was named', async () => {
  await expect(loadPacks('other.ts', folder)).rejects.toThrow('does not exist')
})

it('takes the packs in their order, with TypeScript in the file', async () => {
  const text = `const packs: unknown[] = [${pack('one', 'a.b')}, ${pack('two', 'c.d', 'e.f')}]\nexport default { packs }\n`
  const { names, eventTypes } = await written(text, 'mine.ts')
  expect(names).toEqual(['one', 'two'])
  expect(eventTypes.map(({ key }) => key)).toEqual(['a.b', 'c.d', 'e.f'])
})

it.each(['export const packs = []', 'export default { packs: 3 }', 'export default { packs: [{ name: 7, eventTypes: [] }] }', 'export default null'])(
  'refuses %s',
  async (text) => {
    await expect(written(text)).rejects.toThrow('must have a default export with a list of packs')
  },
)

it('refuses two packs that claim one event type', async () => {
  await expect(written(`export default { packs: [${pack('one', 'a.b')}, ${pack('two', 'a.b')}] }`)).rejects.toThrow('two packs define the event type a.b')
})
