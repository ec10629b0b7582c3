import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { run } from './cli/testing/io.ts'

const COMMANDS = ['serve', 'migrate', 'send', 'why', 'deliveries', 'connections', 'users', 'keys', 'rekey', 'backup', 'restore', 'doctor']
/** An address where nobody listens: port 1 is reserved, and refused at once. */
const NOBODY = 'http://127.0.0.1:1'

it('lists every command', async () => {
  const { code, out } = await run(['--help'])
  expect(code).toBe(0)
  for (const command of COMMANDS) expect(out).toContain(`  ${command}`)
})

it.each(['--version', 'version'])('says its version: %s', async (word) => {
  expect(await run([word])).toEqual({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+/), err: '' })
})

describe.each(COMMANDS)('carillon %s', (command) => {
  it('tells how it is used, and does nothing then', async () => {
    const { code, out, err } = await run([command, '--help'])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(new RegExp(`^carillon ${command}`))
  })

  it('ends with 2 for an option that it does not know, and says where to read', async () => {
    const { code, out, err } = await run([command, '--nonsense'])
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain('--nonsense')
    expect(err).toContain(`carillon ${command} --help`)
  })
})

it.each([
  [['ring'], 'there is no command "ring"'],
  [['doktor'], 'there is no command "doktor" (did you mean doctor?)'],
  [['key', 'create'], '(did you mean keys?)'],
  [['constructor'], 'there is no command "constructor"'],
  [['users'], 'list, show, put, delete or token?'],
  [['users', 'rename'], 'there is no `users rename`'],
  [['users', 'lsit'], 'there is no `users lsit` (did you mean list?)'],
  [['keys', 'revok', 'key_1'], 'there is no `keys revok` (did you mean revoke?)'],
  [['connections', 'tets', 'con_1'], 'there is no `connections tets` (did you mean test?)'],
  [['send', '--titel', 'x'], 'there is no option --titel (did you mean --title?)'],
  [['deliveries', '--sice', '2h'], 'there is no option --sice (did you mean --since?)'],
  [['users', 'put', 'ana', '--time-zone', 'UTC'], 'there is no option --time-zone (did you mean --timezone?)'],
  [['serve', '--port', '80'], 'there is no option --port'],
  [['deliveries', '--state', 'faild'], '"faild" is none (did you mean failed?)'],
  [['users', 'list', '--url', 'localhost:8484'], '"localhost:8484" is not an address such as http://127.0.0.1:8484'],
  [['users', 'list', '--url', '127.0.0.1:8484'], '"127.0.0.1:8484" is not an address such as http://127.0.0.1:8484'],
  [['users', 'show'], 'the id of the user is missing'],
  [['users', 'list', 'ana'], '"ana" is one argument too many'],
  [['users', 'token', 'ana', '--expires-in', '5'], '--expires-in must be a whole number from 60 to 86400'],
  [['users', 'put', 'ana', '--data', '[1]'], '--data must be a JSON object'],
  [['keys', 'create', '--scope', 'read'], '--name is missing'],
  [['keys', 'create', '--name', 'x'], '--scope is missing'],
  [['keys', 'create', '--name', 'x', '--scope', 'reed'], '--scope must be one of events, read'],
  [['keys', 'create', '--name', 'x', '--scope', 'read', '--expires-in=-3'], '--expires-in must be a whole number from 1 to 3650'],
  [['backup'], 'the file or folder is missing'],
  [['restore'], 'the file of the backup is missing'],
  [['restore', 'confirm', '--discard-before', 'yesterday'], '--discard-before must be a time'],
  [['restore', 'a.backup', '--discard-before', '2026-01-01T00:00:00Z'], 'belongs to `restore confirm`'],
  [['send', '--type', 'x'], 'the recipient is missing'],
  [['send', '--to', 'ana', '--type', 'x', '--timeout', 'soon'], '--timeout must be'],
])('%j is wrong usage', async (args, sentence) => {
  const { code, out, err } = await run(args, { CARILLON_URL: NOBODY, CARILLON_KEY: 'k' })
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(err).toContain(sentence)
})

it.each([
  ['an empty variable is unset, and the next one counts', { CARILLON_KEY: '', CARILLON_ROOT_KEY: 'a-root-key-of-some-length' }],
  ['a file', { CARILLON_KEY_FILE: fileURLToPath(import.meta.url) }],
])('takes its key from %s', async (_what, env) => {
  const { code, err } = await run(['users', 'list'], { CARILLON_URL: NOBODY, ...env })
  expect([code, err.includes('a key is needed')]).toEqual([1, false])
})

it('wants a key before it calls the hub', async () => {
  const { code, err } = await run(['users', 'list'], { CARILLON_URL: NOBODY })
  expect(code).toBe(2)
  expect(err).toContain('CARILLON_KEY')
})

it('ends with 1 and names the address when nobody answers', async () => {
  const { code, err } = await run(['users', 'list', '--url', NOBODY, '--key', 'k'])
  expect(code).toBe(1)
  expect(err).toContain(NOBODY)
  expect(err).toContain('Is the hub running there?')
})

it('names every variable that is wrong at once', async () => {
  const { code, err } = await run(['migrate'], { PORT: 'x', CARILLON_ROLE: 'king' })
  expect(code).toBe(1)
  expect(err).toContain('PORT must be')
  expect(err).toContain('CARILLON_ROLE must be')
})

it('doctor finds each wrong variable and ends with 1', async () => {
  const { code, out } = await run(['doctor', '--json'], { PORT: 'x', CARILLON_ROLE: 'king' })
  const { status, findings }: { status: string; findings: { name: string; detail: string }[] } = JSON.parse(out)
  expect({ code, status }).toEqual({ code: 1, status: 'failing' })
  expect(findings.map(({ detail }) => detail.split(' ')[0])).toEqual(['PORT', 'CARILLON_ROLE'])
})
