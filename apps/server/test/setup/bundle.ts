import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { bundle } from '../../../../scripts/bundle.ts'

/** The folder of the bundle under test, far from the checkout’s packages: the one of `TEST_ENTRY`, or one that is built now and removed by `end`. */
export async function openBundle(): Promise<{ folder: string; entry: string; end: () => Promise<void> }> {
  const given = process.env['TEST_ENTRY']
  if (given !== undefined) return { folder: dirname(dirname(given)), entry: given, end: async () => {} }
  const folder = await mkdtemp(join(tmpdir(), 'carillon-bundle-'))
  await bundle(folder)
  return { folder, entry: join(folder, 'bin/carillon.mjs'), end: () => rm(folder, { recursive: true, force: true }) }
}
