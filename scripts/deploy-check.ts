// Runs what deploy/Dockerfile says in empty folders, without Docker: the files that it copies, its `npm ci`, its build and the command on the path, then the
// hub by ENTRYPOINT and CMD, asked by HEALTHCHECK. `npm run deploy:check`. It needs the registry, or the cache of npm.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, join, relative } from 'node:path'
import { copied, execForm, type Instruction, parseDockerfile } from './dockerfile.ts'

const root = join(import.meta.dirname, '..')
const stages = parseDockerfile(readFileSync(join(root, 'deploy/Dockerfile'), 'utf8'))
const [build, image] = stages
if (build === undefined || image === undefined || stages.length !== 2) throw new Error('deploy/Dockerfile has two stages')

const folder = mkdtempSync(join(tmpdir(), 'carillon-deploy-'))
const built = join(folder, 'built')
const app = join(folder, 'app')
const data = join(folder, 'data')
const backups = join(folder, 'backups')
const path = join(folder, 'path')
const all = (name: string, instructions: readonly Instruction[]) => instructions.filter((one) => one.name === name).map(({ rest }) => rest)
const only = (name: string): string => all(name, image.instructions)[0] ?? ''

/** As Docker copies: a folder's content, or a file into a folder or under a new name. `/app` of the first stage is the folder `built`. */
function copy(rest: string, stage: string): void {
  const { from, paths, to } = copied(rest)
  for (const path of paths) {
    const source = from === null ? join(root, path) : join(built, relative('/app', path))
    const intoFolder = to.endsWith('/') && statSync(source).isFile()
    const target = join(stage, to, intoFolder ? basename(path) : '')
    mkdirSync(dirname(target), { recursive: true })
    cpSync(source, target, { recursive: true })
  }
}

try {
  const nothing = { PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`, HOME: process.env['HOME'] ?? folder }
  for (const { name, rest } of build.instructions) {
    if (name === 'COPY') copy(rest, built)
    if (name !== 'RUN') continue
    console.log(`$ ${rest}`)
    execFileSync('sh', ['-c', rest], { cwd: built, stdio: 'inherit', env: { ...nothing, npm_config_prefer_offline: 'true' } })
  }
  for (const rest of all('COPY', image.instructions)) copy(rest, app)
  mkdirSync(path)
  for (const rest of all('RUN', image.instructions)) {
    const here = inFolder(rest)
    console.log(`$ ${here}`)
    execFileSync('sh', ['-ec', here], { cwd: app, stdio: 'inherit', env: nothing })
  }

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
  // As `docker exec` runs it.
  execFileSync(join(path, 'carillon'), ['backup', backups], { cwd: app, env, stdio: 'inherit' })
  hub.kill('SIGTERM')
  const [code]: unknown[] = await ended
  if (code !== 0) throw new Error(`the hub ended with ${String(code)}`)
  if (healthy()) throw new Error('HEALTHCHECK says that a hub that has ended is healthy')
  console.log('The image of deploy/Dockerfile would work: built, started, healthy, backed up, stopped.')
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** A command of the image with our folders in place of its own; the user `node` need not exist here. */
function inFolder(command: string): string {
  const places: Record<string, string> = { '/data': data, '/backups': backups, '/app': app, '/usr/local/bin': path }
  return `chown() { :; }; ${command.replaceAll(/(?<=^|\s)(?:\/data|\/backups|\/app|\/usr\/local\/bin)(?=\/|\s|$)/g, (place) => places[place] ?? place)}`
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}
