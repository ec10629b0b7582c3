import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { SINGLE_HEADERS } from '../requests/single-headers.ts'
import { ALLOWED_HEADERS, createCors, EXPOSED_HEADERS } from './cors.ts'

/** Headers of a request that only the browser sets (https://fetch.spec.whatwg.org/#forbidden-request-header), and one that is always refused. */
const NOT_BY_PAGES = ['access-control-request-method', 'content-length', 'expect', 'host', 'origin', 'sec-fetch-site', 'transfer-encoding', 'content-encoding']
/** Sent by readers of event streams in place of the browser's own; the hub need not read it. */
const UNREAD = ['cache-control']
/** Set for the browser, or by the connection; no program of a page reads them. */
const NOT_FOR_PAGES = ['connection', 'content-security-policy', 'vary']

it('pages may send every header that the hub reads, if a page can set it', () => {
  const read = [...SINGLE_HEADERS].filter((name) => !NOT_BY_PAGES.includes(name))
  expect(ALLOWED_HEADERS.map((name) => name.toLowerCase()).sort()).toEqual([...read, ...UNREAD].sort())
})

it('pages may read every header that the hub sends', async () => {
  const folder = join(import.meta.dirname, '..')
  const sent = new Set<string>()
  for (const file of (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.ts') && !/test/.test(name)))
    for (const [, name] of (await readFile(join(folder, file), 'utf8')).matchAll(/\.header\('([\w-]+)'/g)) sent.add(name!)
  expect([...sent].filter((name) => !NOT_FOR_PAGES.includes(name)).sort()).toEqual(EXPOSED_HEADERS.map((name) => name.toLowerCase()).sort())
})

it('* allows every page, null too, and still no credentials that a browser adds by itself', () => {
  const cors = createCors({ own: 'https://bells.example.com', allowed: '*' })
  for (const origin of ['https://app.example.com', 'null']) {
    expect(cors.refusal({ method: 'GET', headers: { origin } })).toBeUndefined()
    expect(cors.headersFor(origin)).toMatchObject({ 'access-control-allow-origin': '*' })
    expect(Object.keys({ ...cors.headersFor(origin), ...cors.preflight(['GET']) })).not.toContain('access-control-allow-credentials')
  }
})

it('without a list only the hub’s own pages are allowed', () => {
  const cors = createCors({ own: 'https://bells.example.com', allowed: [] })
  expect(cors.refusal({ method: 'GET', headers: { origin: 'https://bells.example.com' } })).toBeUndefined()
  expect(cors.refusal({ method: 'GET', headers: {} })).toBeUndefined()
  expect(cors.refusal({ method: 'GET', headers: { origin: 'https://app.example.com' } })).toMatchObject({ code: 'origin_not_allowed', status: 403 })
})

it('a page is our own by the whole name and port of the host that was asked', () => {
  const cors = createCors({ own: 'https://bells.example.com', allowed: [] })
  const refused = (origin: string, more: Record<string, string> = {}) =>
    cors.refusal({ method: 'GET', headers: { origin, host: 'hub.lan:8484', ...more } }) !== undefined
  expect(['http://hub.lan:8484', 'https://hub.lan:8484'].map((origin) => refused(origin))).toEqual([false, false])
  for (const origin of ['http://evilhub.lan:8484', 'http://x.hub.lan:8484', 'http://hub.lan', 'http://hub.lan:84', 'app://hub.lan:8484', 'null', ''])
    expect(refused(origin), origin).toBe(true)
  expect(['same-origin', 'same-site', 'cross-site', 'none'].map((site) => refused('https://x.example', { 'sec-fetch-site': site }))).toEqual([
    false,
    true,
    true,
    true,
  ])
  expect(cors.headersFor('https://x.example')).toEqual({ vary: 'Origin' })
})
