import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const run = promisify(execFile)
const ROOT = resolve(import.meta.dirname, '../../..')
const BIN = join(ROOT, 'node_modules/.bin')
/** Everything that somebody installs who has no checkout. */
const PACKAGES = ['client', 'pack']

/** As an application uses both; each line that must not compile says so. */
const USE = `import { CarillonError, createClient, type Client, type Decision, type ErrorCode } from '@carillon/client'
import { definePack, defineEventType } from '@carillon/pack'

const codes: ErrorCode[] = ['unauthorized', 'unavailable']
// @ts-expect-error no code of the hub
codes.push('unathorized')

export const pack = definePack({
  name: 'builds',
  eventTypes: [defineEventType({ key: 'build.failed', name: 'Build failed', category: 'ci', templates: { default: { title: 'x' } } })],
})
// @ts-expect-error a misspelt option
export const wrong = () => defineEventType({ key: 'a.b', name: 'A', category: 'c', critcal: true })

const answer = () => new Response(JSON.stringify({ id: 'evt_1' }), { status: 202 })
const hub: Client = createClient({ baseUrl: 'https://hub.example', token: async () => 'ck_1', fetch: async () => answer() })
export async function main(): Promise<string> {
  const { id } = await hub.with({ retryForMs: 0 }).events.report({ type: 'build.failed', to: ['ada', { topic: 'team' }] }, { signal: AbortSignal.timeout(1000) })
  // @ts-expect-error a report names its recipients
  void (() => hub.events.report({ type: 'build.failed' }))
  const decisions: Decision[] = []
  const refused = new CarillonError({ code: codes[0] ?? 'internal', detail: 'no key' })
  return [id, decisions.length, pack.eventTypes[0]?.priority, refused.code, refused instanceof Error].join(' ')
}
`
const RUN = `import { main } from './use.ts'\nconsole.log(await main())\n`

/** The kinds of projects that install it. In none of them are declarations skipped: what is wrong in ours is an error of theirs. */
const strict = {
  strict: true,
  skipLibCheck: false,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noEmit: true,
  allowImportingTsExtensions: true,
}
const PROJECTS: Record<string, object> = {
  'plain nodenext': { module: 'nodenext' },
  'Node without the types of a browser': { module: 'nodenext', target: 'es2022', lib: ['es2022'], types: ['node'] },
  'a browser without the types of Node': { module: 'esnext', moduleResolution: 'bundler', target: 'es2022', lib: ['es2022', 'dom'], types: [] },
}

describe('the packages that are installed', () => {
  let folder: string
  let app: string
  /** Without what npm tells the scripts that it runs, such as this one. */
  const env = { ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name))), PATH: `${BIN}:${process.env['PATH']}` }
  const npm = (cwd: string, ...args: string[]) => run('npm', [...args, '--cache', join(folder, 'cache'), '--no-audit', '--no-fund'], { cwd, env })

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carillon-packages-'))
    app = join(folder, 'app')
    // Packed beside the checkout: while npm packs a folder, its package.json is another one, and other tests run from it.
    const checkout = join(folder, 'checkout')
    for (const path of ['tsconfig.base.json', 'LICENSE', 'scripts/package.ts', ...PACKAGES.map((name) => `packages/${name}`)])
      await cp(join(ROOT, path), join(checkout, path), { recursive: true })
    await symlink(join(ROOT, 'node_modules'), join(checkout, 'node_modules'))
    await Promise.all(PACKAGES.map((name) => npm(join(checkout, 'packages', name), 'pack', '--pack-destination', folder)))
    await mkdir(app)
    await writeFile(join(app, 'package.json'), JSON.stringify({ name: 'app', private: true, type: 'module' }))
    const tarballs = (await readdir(folder)).filter((name) => name.endsWith('.tgz')).map((name) => join(folder, name))
    await npm(app, 'install', '--offline', ...tarballs)
    await writeFile(join(app, 'use.ts'), USE)
    await writeFile(join(app, 'run.ts'), RUN)
    for (const types of ['@types/node', 'undici-types']) {
      await mkdir(join(app, 'node_modules', types, '..'), { recursive: true })
      await symlink(join(ROOT, 'node_modules', types), join(app, 'node_modules', types))
    }
  }, 120_000)
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it.each(PACKAGES)('@carillon/%s is built JavaScript and declarations, with nothing of the checkout', async (name) => {
    const files = await readdir(join(app, 'node_modules/@carillon', name), { recursive: true })
    expect(files).toEqual(expect.arrayContaining(['package.json', 'README.md', 'LICENSE', 'dist/index.js', 'dist/index.d.ts']))
    expect(files.filter((file) => /\.(?:test\.|story\.)|(?<!\.d)\.ts$|tsconfig|^src/.test(file))).toEqual([])
    const manifest = JSON.parse(await readFile(join(app, 'node_modules/@carillon', name, 'package.json'), 'utf8'))
    expect(Object.keys(manifest)).not.toEqual(expect.arrayContaining(['private']))
    expect(manifest).toMatchObject({ license: 'Apache-2.0', sideEffects: false, exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } } })
    expect({ scripts: manifest.scripts, dependencies: manifest.dependencies }).toEqual({})
  })

  it('packing leaves the folder as it was', async () => {
    for (const name of PACKAGES) {
      const [before, after] = [join(ROOT, 'packages', name), join(folder, 'checkout/packages', name)]
      expect(await readdir(after)).toEqual(await readdir(before))
      expect(await readFile(join(after, 'package.json'), 'utf8')).toBe(await readFile(join(before, 'package.json'), 'utf8'))
    }
  })

  it.each(Object.entries(PROJECTS))('type-check in %s', async (name, compilerOptions) => {
    const config = join(app, `${name.replaceAll(' ', '-')}.json`)
    await writeFile(config, JSON.stringify({ compilerOptions: { ...strict, ...compilerOptions }, files: ['use.ts'] }))
    const outcome = await run(join(BIN, 'tsc'), ['-p', config], { cwd: app, env }).catch((error: { stdout: string }) => error)
    expect(outcome.stdout).toBe('')
  })

  it('run in Node', async () => {
    const { stdout, stderr } = await run(join(BIN, 'node'), ['run.ts'], { cwd: app, env })
    expect({ stdout, stderr }).toEqual({ stdout: 'evt_1 0 medium unauthorized true\n', stderr: '' })
  })
})
