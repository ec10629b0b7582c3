import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { openCheckout, thisCheckout } from './checkout.ts'

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'carillon-checkout-')))
afterAll(() => rmSync(folder, { recursive: true }))

it('opens the checkout in a folder only when its hub can be started with packages and a Node of its own', () => {
  expect(openCheckout(join(folder, 'none'))).toContain('There is no folder')
  expect(openCheckout(folder)).toContain('is not a checkout of Carillon')

  mkdirSync(join(folder, 'apps/server/bin'), { recursive: true })
  writeFileSync(join(folder, 'apps/server/bin/carillon.mjs'), '')
  expect(openCheckout(folder)).toContain('has no node_modules')

  symlinkSync(join(thisCheckout.folder, 'node_modules'), join(folder, 'node_modules'))
  expect(openCheckout(folder)).toContain('so that it has packages of its own')

  rmSync(join(folder, 'node_modules'))
  mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true })
  expect(openCheckout(folder)).toContain('has no Node of its own')

  writeFileSync(join(folder, 'node_modules/.bin/node'), '')
  expect(openCheckout(folder)).toMatchObject({ folder, main: join(folder, 'apps/server/bin/carillon.mjs'), node: join(folder, 'node_modules/.bin/node') })
})

it('refuses to compare this checkout with itself, by whatever way it is named', () => {
  const link = join(folder, 'link')
  symlinkSync(thisCheckout.folder, link)
  expect(openCheckout(thisCheckout.folder)).toContain('is this checkout itself')
  expect(openCheckout(link)).toContain('is this checkout itself')
})
