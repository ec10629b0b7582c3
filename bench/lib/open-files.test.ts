import { expect, it } from 'vitest'
import { openFilesLimit, requireOpenFiles } from './open-files.ts'

it('says what to do when too few files may be open', () => {
  expect(() => requireOpenFiles(6000, 1024)).toThrow('`ulimit -Hn 6000`')
  expect(() => requireOpenFiles(6000, 6000)).not.toThrow()
  expect(() => requireOpenFiles(6000, null)).not.toThrow()
})

it('reads the limit of this process', () => {
  expect([null, expect.any(Number)]).toContainEqual(openFilesLimit())
})
