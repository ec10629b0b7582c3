import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ConfigError, readConfig, readVariable, unknownVariables } from './config.ts'

const folder = mkdtempSync(join(tmpdir(), 'carillon-config-'))
afterAll(() => rmSync(folder, { recursive: true }))

function problems(env: Record<string, string>): string[] {
  try {
    readConfig(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

it('needs nothing: SQLite in ./data, on this machine only', () => {
  const config = readConfig({})
  expect(config).toMatchObject({
    port: 8484,
    host: '127.0.0.1',
    baseUrl: 'http://127.0.0.1:8484',
    dataDir: resolve('data'),
    databaseUrl: `sqlite:${resolve('data')}/carillon.db`,
    role: 'all',
    rootKey: null,
    secretKey: null,
    applicationUrl: null,
    allowedOrigins: [],
    outboundAllow: '',
    outboundAllowUsers: '',
    outboundProxy: null,
    outboundProxyResolves: false,
    trustProxy: false,
    leaseMs: 60_000,
    fault: null,
  })
  expect(Object.isFrozen(config)).toBe(true)
})

it('reads what is set, and takes an empty value for an unset one', () => {
  expect(
    readConfig({ PORT: '0', HOST: '::1', CARILLON_ROLE: 'worker', CARILLON_LEASE_SECONDS: '5', CARILLON_TRUST_PROXY: 'true', CARILLON_LOG_LEVEL: '' }),
  ).toMatchObject({
    port: 0,
    baseUrl: 'http://[::1]:0',
    role: 'worker',
    leaseMs: 5000,
    trustProxy: true,
    logLevel: 'info',
  })
  expect(readConfig({ CARILLON_BASE_URL: 'https://bells.example/hub//' }).baseUrl).toBe('https://bells.example/hub')
  expect(readConfig({ CARILLON_APPLICATION_URL: 'https://shop.example/' }).applicationUrl).toBe('https://shop.example')
  expect(readConfig({ CARILLON_TRUST_PROXY: '10.0.0.0/8' }).trustProxy).toBe('10.0.0.0/8')
})

it('names every problem at once', () => {
  const env = {
    PORT: '70000',
    CARILLON_ROLE: 'boss',
    CARILLON_LOG_LEVEL: 'loud',
    CARILLON_DATABASE_URL: 'mysql://db',
    CARILLON_BASE_URL: 'ftp://x',
    CARILLON_APPLICATION_URL: 'shop',
    CARILLON_ROOT_KEY: 'short',
    CARILLON_LEASE_SECONDS: '1.5',
    CARILLON_OUTBOUND_ALLOW: 'fd00::1',
    CARILLON_FAULT: 'lease.after_claim=kill',
  }
  const found = problems(env)
  for (const name of Object.keys(env)) expect(found.filter((problem) => problem.startsWith(name))).toHaveLength(1)
  expect(found).toHaveLength(Object.keys(env).length)
  expect(() => readConfig(env)).toThrow(/Invalid configuration:\n {2}- /)
})

describe('exceptions of the outbound guard', () => {
  it('are named with their variable, each that is wrong', () => {
    for (const name of ['CARILLON_OUTBOUND_ALLOW', 'CARILLON_OUTBOUND_ALLOW_USERS'])
      expect(problems({ [name]: 'a b,ntfy.lan,10.0.0.0/33' })).toEqual([
        expect.stringMatching(new RegExp(`^${name}: "a b" `)),
        expect.stringMatching(new RegExp(`^${name}: "10\\.0\\.0\\.0/33" `)),
      ])
  })

  it('may open everything to operators, and not to people', () => {
    expect(problems({ CARILLON_OUTBOUND_ALLOW: '0.0.0.0/0,::/0' })).toEqual([])
    expect(problems({ CARILLON_OUTBOUND_ALLOW_USERS: 'ntfy.lan,0.0.0.0/0' })).toEqual([
      'CARILLON_OUTBOUND_ALLOW_USERS: "0.0.0.0/0" opens every private address; name the hosts that people may use instead',
    ])
    expect(readConfig({ CARILLON_OUTBOUND_ALLOW_USERS: 'ntfy.lan' }).outboundAllowUsers).toBe('ntfy.lan')
  })
})

describe('PostgreSQL', () => {
  const CARILLON_DATABASE_URL = 'postgres://db/hub'

  it('needs a secret key: nodes cannot each make their own', () => {
    expect(problems({ CARILLON_DATABASE_URL })).toEqual([expect.stringMatching(/^CARILLON_SECRET_KEY is required/)])
    expect(problems({ CARILLON_DATABASE_URL, CARILLON_SECRET_KEY: 'a:b' })).toEqual([])
  })
})

it('knows fault points only in tests', () => {
  const CARILLON_FAULT = 'lease.after_claim=kill'
  expect(problems({ CARILLON_FAULT })).toHaveLength(1)
  expect(readConfig({ CARILLON_FAULT, NODE_ENV: 'test' }).fault).toBe(CARILLON_FAULT)
})

describe('what is pasted with a value', () => {
  it('blanks and line ends are not part of it', () => {
    expect(
      readConfig({ PORT: ' 8080\r', CARILLON_ROOT_KEY: 'a-root-key-of-some-length\r\n', CARILLON_BASE_URL: 'https://bells.example.com ', CARILLON_ROLE: ' ' }),
    ).toMatchObject({ port: 8080, rootKey: 'a-root-key-of-some-length', baseUrl: 'https://bells.example.com', role: 'all' })
  })

  it.each(['PORT', 'HOST', 'CARILLON_ROOT_KEY', 'CARILLON_BASE_URL', 'CARILLON_DATA_DIR', 'CARILLON_INSTANCE_NAME', 'CARILLON_SECRET_KEY'])(
    'quotes are refused: %s',
    (name) => {
      for (const quote of ['"', "'"])
        expect(problems({ [name]: `${quote}a-value-of-some-length${quote}` })).toContain(
          `${name} is in quotes, and they would be part of its value; leave them out`,
        )
      expect(() => readVariable({ CARILLON_KEY: '"ck_x"' }, 'CARILLON_KEY')).toThrow('CARILLON_KEY is in quotes')
    },
  )

  it('a root key that no header can carry is refused: every call with it would answer 401', () => {
    for (const key of ['correct horse battery staple', 'schlüssel-von-einiger-länge', 'a-key\twith-a-tab-in-it', 'k'.repeat(1025)])
      expect(problems({ CARILLON_ROOT_KEY: key })).toEqual([expect.stringMatching(/^CARILLON_ROOT_KEY must be at most 1024 letters/)])
  })

  it('a home folder that no shell has replaced is refused: it would become a folder called ~', () => {
    for (const folder of ['~', '~/carillon'])
      expect(problems({ CARILLON_DATA_DIR: folder })).toEqual([expect.stringMatching(/^CARILLON_DATA_DIR begins with ~/)])
    expect(problems({ CARILLON_DATA_DIR: './data~' })).toEqual([])
  })
})

it('names the variable that was meant, also for those without the prefix', () => {
  expect(
    unknownVariables({ CARILLON_PORT: '80', CARILLON_HOST: '::', CARILLON_OUTBOUND_ALOW: '', CARILLON_COLOUR: 'red', CARILLON_KEY_FILE: 'k', PORT: '1' }),
  ).toEqual([
    'CARILLON_PORT is no setting of Carillon and is ignored; did you mean PORT?',
    'CARILLON_HOST is no setting of Carillon and is ignored; did you mean HOST?',
    'CARILLON_OUTBOUND_ALOW is no setting of Carillon and is ignored; did you mean CARILLON_OUTBOUND_ALLOW?',
    'CARILLON_COLOUR is no setting of Carillon and is ignored; docs/configuration.md lists them all',
  ])
})

describe('a secret in a file', () => {
  const file = join(folder, 'root-key')
  writeFileSync(file, 'a-root-key-of-some-length\n')

  it('is read without the line end', () => {
    expect(readConfig({ CARILLON_ROOT_KEY_FILE: file }).rootKey).toBe('a-root-key-of-some-length')
  })

  it('is checked like the variable itself', () => {
    const short = join(folder, 'short')
    writeFileSync(short, 'short\n')
    expect(problems({ CARILLON_ROOT_KEY_FILE: short })).toEqual(['CARILLON_ROOT_KEY must have at least 16 characters'])
  })

  it('must be readable, and not be said twice', () => {
    expect(problems({ CARILLON_ROOT_KEY_FILE: join(folder, 'nothing') })).toEqual([expect.stringMatching(/^CARILLON_ROOT_KEY_FILE cannot be read: /)])
    expect(problems({ CARILLON_ROOT_KEY_FILE: file, CARILLON_ROOT_KEY: 'another-key-of-some-length' })).toEqual([
      'CARILLON_ROOT_KEY and CARILLON_ROOT_KEY_FILE are both set; keep one',
    ])
  })
})

it('refuses a proxy that is none, without its password', () => {
  for (const proxy of ['proxy.example.com:3128', 'ftp://ana:s3cret@proxy.example.com', 'http://ana:s3cret@proxy.example.com/x']) {
    const [problem] = problems({ CARILLON_OUTBOUND_PROXY: proxy })
    expect(problem).toMatch(/^CARILLON_OUTBOUND_PROXY must /)
    expect(problem).not.toContain('s3cret')
  }
  expect(problems({ CARILLON_OUTBOUND_PROXY: 'socks5://ana:s3cret@[::1]:1080', CARILLON_OUTBOUND_PROXY_RESOLVES: 'true' })).toEqual([])
  expect(problems({ CARILLON_OUTBOUND_PROXY_RESOLVES: 'maybe' })).toHaveLength(1)
})
