import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { enterableByAll } from './postgres-binaries.ts'

it('sees that another user cannot enter a checkout below a private home', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-home-'))
  const checkout = join(folder, 'checkout')
  await mkdir(checkout, { mode: 0o755 })
  expect(await enterableByAll(checkout)).toBe(false)
  await chmod(folder, 0o755)
  expect(await enterableByAll(checkout)).toBe(true)
  await rm(folder, { recursive: true })
})
