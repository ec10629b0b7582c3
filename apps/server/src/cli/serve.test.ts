import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { GROUPS } from '../../../../scripts/config-docs.ts'
import { run } from './testing/io.ts'

/** Of every setting a value that it cannot have. One that is not listed gets `NONSENSE`, so that a new setting is tried too. */
const BAD: Readonly<Record<string, string>> = {
  CARILLON_DATA_DIR: '/dev/null/data',
  CARILLON_SECRET_KEY: 'main:too-short',
  CARILLON_SCRIPTS_DIR: 'scripts',
  CARILLON_INSTANCE_NAME: 'two\nlines',
  CARILLON_DATABASE_URL: 'mysql://db.example.com/hub',
  CARILLON_ROOT_KEY: 'short',
}
const NONSENSE = 'not/a value?!'

const variables = GROUPS.flatMap((group) => group.variables.map(({ name }) => name))

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carillon-serve-'))
  await run(['serve', '--help']) // loads the whole hub, which takes longer than a test may
}, 60_000)
afterAll(() => rm(folder, { recursive: true }))

const start = (more: Record<string, string>) => run(['serve'], { PORT: '0', CARILLON_DATA_DIR: folder, CARILLON_LOG_LEVEL: 'silent', ...more })

describe('serve refuses a bad value of', () => {
  it.each(variables)('%s, names it, and prints no stack', async (name) => {
    const { code, err } = await start({ [name]: BAD[name] ?? NONSENSE })
    expect(code).toBe(1)
    expect(err).toContain(name)
    expect(err).not.toMatch(/^\s+at /m)
  })

  it.each(variables)('%s_FILE, when the file cannot be read', async (name) => {
    const { code, err } = await start({ [name]: '', [`${name}_FILE`]: join(folder, 'no such file') })
    expect(code).toBe(1)
    expect(err).toContain(`${name}_FILE cannot be read`)
  })

  it.each([
    ['postgres://db.example.com:port/hub', /CARILLON_DATABASE_URL is no URL/],
    ['postgres://ada:pass/word@db.example.com/hub', /CARILLON_DATABASE_URL is no URL/],
    ['sqlite:', /CARILLON_DATABASE_URL must begin with/],
    ['sqlite::memory:', /CARILLON_DATABASE_URL must be/],
  ])('CARILLON_DATABASE_URL such as %s', async (url, sentence) => {
    const { code, err } = await start({ CARILLON_DATABASE_URL: url, CARILLON_SECRET_KEY: 'main:x' })
    expect([code, err]).toEqual([1, expect.stringMatching(sentence)])
    expect(err).not.toContain('pass/word')
  })
})
