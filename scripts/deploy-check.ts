// Runs what deploy/Dockerfile says in an empty folder, without Docker: the files that it copies, its `npm ci`, then the hub by ENTRYPOINT and CMD,
// asked by HEALTHCHECK. `npm run deploy:check`. It needs the registry, or the cache of npm.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { copied, execForm, type Instruction, parseDockerfile } from './dockerfile.ts'

const root = join(import.meta.dirname, '..')
const stages = parseDockerfile(readFileSync(join(root, 'deploy/Dockerfile'), 'utf8'))
const [packages, image] = stages
if (packages === undefined || image === undefined || stages.length !== 2) throw new Error('deploy/Dockerfile has two stages')

const folder = mkdtempSync(join(tmpdir(), 'carillon-deploy-'))
const app = join(folder, 'app')
const data = join(folder, 'data')
const all = (name: string, instructions: readonly Instruction[]) => instructions.filter((one) => one.name === name).map(({ rest }) => rest)
const only = (name: string): string => all(name, image.instructions)[0] ?? ''

function copy(rest: string): void {
  const { from, paths, to } = copied(rest)
  if (from !== null) return // the same folder
  for (const path of paths) {
    const target = paths.length > 1 || to.endsWith('/') ? join(app, to, path.split('/').at(-1) ?? '') : join(app, to === './' ? path : to)
    mkdirSync(dirname(target), { recursive: true })
    cpSync(join(root, path), target, { recursive: true })
  }
}

try {
  for (const rest of all('COPY', packages.instructions)) copy(rest)
  const nothing = { PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`, HOME: process.env['HOME'] ?? folder }
  for (const command of all('RUN', packages.instructions)) {
    console.log(`$ ${command}`)
    execFileSync('sh', ['-c', `${command} --prefer-offline`], { cwd: app, stdio: 'inherit' })
  }
  if (existsSync(join(app, 'node_modules/node'))) throw new Error('the packages of production hold a Node: --omit=dev had no effect')
  for (const rest of all('COPY', image.instructions)) copy(rest)

  const port = await freePort()
  const env = {
    ...nothing,
    ...Object.fromEntries(all('ENV', image.instructions).map((pair) => pair.split('='))),
    HOST: '127.0.0.1',
    PORT: String(port),
    CARILLON_DATA_DIR: data,
  }
  const [, ...entry] = execForm(only('ENTRYPOINT'))
  const [, ...health] = execForm(/CMD (.*)$/.exec(only('HEALTHCHECK'))?.[1] ?? '')
  const hub = spawn(process.execPath, [...entry, ...execForm(only('CMD'))], { cwd: app, env, stdio: ['ignore', 'pipe', 'inherit'] })
  hub.stdout.on('data', () => {})
  const ended = once(hub, 'exit')
  const healthy = (): boolean => spawnSync(process.execPath, health, { cwd: app, env }).status === 0
  for (let looks = 0; !healthy(); looks++) if (looks > 100 || hub.exitCode !== null) throw new Error('the hub does not become healthy')
  console.log('HEALTHCHECK: healthy')
  execFileSync(process.execPath, [...entry, 'backup', folder], { cwd: app, env, stdio: 'inherit' })
  hub.kill('SIGTERM')
  const [code]: unknown[] = await ended
  if (code !== 0) throw new Error(`the hub ended with ${String(code)}`)
  if (healthy()) throw new Error('HEALTHCHECK says that a hub that has ended is healthy')
  console.log('The image of deploy/Dockerfile would work: installed, started, healthy, backed up, stopped.')
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}
