import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { errorPage } from '../../../scripts/error-docs.ts'
import { ERRORS } from './errors.ts'

const page = readFileSync(join(import.meta.dirname, '../../../docs/errors.md'), 'utf8')

it.each(Object.entries(ERRORS))('docs/errors.md explains %s', (code, [status, sentence]) => {
  const section = page.split('\n## ').find((part) => part.startsWith(`${code}\n`))
  expect(section).toContain(`Status ${status}. ${sentence}`)
})

it('docs/errors.md is what `node scripts/docs.ts` writes', () => expect(page).toBe(errorPage()))
