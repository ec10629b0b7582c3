import { existsSync, globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { GROUPS } from '../../../scripts/config-docs.ts'
import { copied, execForm, parseDockerfile } from '../../../scripts/dockerfile.ts'

const root = join(import.meta.dirname, '../../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const files = globSync('deploy/**/*', { cwd: root }).filter((path) => path.includes('.') || path.endsWith('file'))
const variables = GROUPS.flatMap((group) => group.variables.map(({ name }) => name))

interface Service {
  environment?: Record<string, string>
  secrets?: string[]
  depends_on?: Record<string, unknown>
  volumes?: string[]
  container_name?: string
  read_only?: boolean
  ports?: string[]
  build?: { context: string; dockerfile: string }
  stop_grace_period?: string
  init?: boolean
}
interface Compose {
  services: Record<string, Service>
  secrets?: Record<string, { file: string }>
  volumes?: Record<string, unknown>
}
/** What the commands of the documentation expect: names of containers, folders in them, and services of both compose files. */
const used = (() => {
  const text = globSync(['README.md', 'docs/**/*.md'], { cwd: root }).map(read).join('\n')
  const all = (expression: RegExp) => [...text.matchAll(expression)].map(([, found = '']) => found)
  return {
    containers: [...all(/docker exec (?:-\w+ )*([\w-]+) /g), ...all(/docker cp ([\w-]+):/g), ...all(/docker logs ([\w-]+)/g)],
    folders: all(/docker exec carillon carillon backup (\/[\w/]+)/g),
    services: all(/docker compose -f \S+ run --rm (?:-v \S+ )*(\w+)/g),
  }
})()

/**
 * The paths inside a container that the commands with this compose file use, as arguments and in settings, with the folders that `-v` of the same command
 * mounts. A setting is for the commands of its block.
 */
function pathsIn(text: string, file: string): { path: string; mounted: string[] }[] {
  const blocks = [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block).filter((block) => block.includes(`-f ${file} `))
  return blocks.flatMap((block) =>
    block.split('\n').flatMap((line) => {
      const mounted = [...line.matchAll(/ -v "?[^\s":]+:([^\s":]+)/g)].map(([, folder = '']) => folder)
      const used = [...line.matchAll(/(?: hub \w+ |\bCARILLON_[A-Z_]+=)(\/[^\s"']+)/g)].map(([, path = '']) => path)
      return used.map((path) => ({ path, mounted }))
    }),
  )
}
const below = (path: string, folder: string): boolean => path.startsWith(`${folder}/`)
const deployed = parseDockerfile(read('deploy/Dockerfile')).flatMap(({ instructions }) => instructions)
const compose = (path: string): Compose => parse(read(path), { merge: true })

it.each(files)('every variable in %s is one that the hub reads', (path) => {
  const unknown = [...read(path).matchAll(/\bCARILLON_[A-Z_]+/g)].map(([name]) => name.replace(/_FILE$/, '')).filter((name) => !variables.includes(name))
  expect(unknown).toEqual([])
})

describe.each(['deploy/compose.yaml', 'deploy/compose.postgres.yaml'])('%s', (path) => {
  const { services, secrets = {}, volumes = {} } = compose(path)
  const hubs = Object.values(services).filter(({ build }) => build !== undefined)

  it('names what it defines', () => {
    for (const { secrets: used = [], depends_on = {}, volumes: mounted = [] } of Object.values(services)) {
      for (const name of used) expect(Object.keys(secrets)).toContain(name)
      for (const name of Object.keys(depends_on)) expect(Object.keys(services)).toContain(name)
      for (const mount of mounted) expect(Object.keys(volumes)).toContain(mount.split(':')[0])
    }
  })

  it('builds our image, and gives the hub its time to stop', () => {
    expect(hubs.length).toBeGreaterThan(0)
    for (const { build, stop_grace_period, init } of hubs) {
      expect(existsSync(join(root, 'deploy', build?.context ?? '', build?.dockerfile ?? ''))).toBe(true)
      expect(Number.parseInt(stop_grace_period ?? '', 10)).toBeGreaterThan(25)
      expect(init).toBe(true)
    }
  })

  it('keeps compiled code in a volume, because the image is read-only', () => {
    for (const { volumes: mounted = [], read_only } of hubs) {
      expect(read_only).toBe(true)
      expect(mounted).toContain('cache:/app/.cache')
    }
  })

  it('has a container with the name and the folders that the commands of the documentation use', () => {
    const container = hubs.find(({ container_name }) => container_name !== undefined)
    const mounted = (container?.volumes ?? []).map((mount) => mount.split(':')[1])
    expect(used.containers.length).toBeGreaterThan(5)
    for (const name of used.containers) expect(container?.container_name).toBe(name)
    expect(used.folders).toContain('/backups')
    for (const folder of used.folders) expect(mounted).toContain(folder)
    for (const service of used.services) expect(Object.keys(services)).toContain(service)
  })

  it('mounts every path that the commands of docs/deploy/docker.md use', () => {
    const { volumes: ours = [] } = services['hub'] ?? {}
    const always = ours.map((mount) => mount.split(':')[1] ?? '')
    const paths = pathsIn(read('docs/deploy/docker.md'), path)
    expect(paths.map((one) => one.path)).toEqual(expect.arrayContaining([expect.stringMatching(/^\/backups\//), expect.stringMatching(/^\/from\//)]))
    expect(paths.filter(({ path, mounted }) => ![...always, ...mounted].some((folder) => below(path, folder)))).toEqual([])
  })

  it('plans on the node that takes reports', () => {
    const roles = hubs.flatMap(({ ports, environment }) => (ports === undefined ? [] : [environment?.['CARILLON_ROLE'] ?? 'all']))
    expect(roles).toEqual(['all'])
  })

  it('mounts volumes over folders that the image gives to its user: a new volume is theirs then', () => {
    const made = deployed.find(({ name, rest }) => name === 'RUN' && rest.includes('chown node:node'))?.rest ?? ''
    const folders = (command: string) =>
      new Set(
        new RegExp(`${command} ([^&]+)`)
          .exec(made)?.[1]
          ?.trim()
          .split(' ')
          .map((one) => resolve('/app', one)),
      )
    for (const { volumes: mounted = [] } of hubs)
      for (const mount of mounted) for (const command of ['mkdir -m 700', 'chown node:node']) expect(folders(command), command).toContain(mount.split(':')[1])
  })

  it('reads files only that are mounted as secrets', () => {
    for (const { environment = {}, secrets: used = [] } of hubs)
      for (const [name, file] of Object.entries(environment)) if (name.endsWith('_FILE')) expect(used.map((secret) => `/run/secrets/${secret}`)).toContain(file)
  })
})

it.each([
  ['docker compose -f a.yaml run --rm -v "$PWD/kept:/from:ro" hub restore /from/x.backup', [{ path: '/from/x.backup', mounted: ['/from'] }]],
  ["docker compose -f a.yaml up -d\nprintf '%s\\n' CARILLON_DATA_DIR=/data/x CARILLON_ROLE=all >> a.env", [{ path: '/data/x', mounted: [] }]],
  ['docker compose -f b.yaml run --rm hub restore /from/x.backup', []],
])('the paths inside a container are found: %s', (block, found) => {
  expect(pathsIn(`\`\`\`sh\n${block}\n\`\`\`\n`, 'a.yaml')).toEqual(found)
})

describe('deploy/Dockerfile', () => {
  const [packages, image] = parseDockerfile(read('deploy/Dockerfile'))
  const instructions = [...(packages?.instructions ?? []), ...(image?.instructions ?? [])]
  const of = (name: string) => instructions.filter((one) => one.name === name).map(({ rest }) => rest)

  it('copies files that exist, among them the package.json of every workspace', () => {
    const paths = of('COPY').flatMap((rest) => (copied(rest).from === null ? copied(rest).paths : []))
    for (const path of paths) expect(existsSync(join(root, path)), path).toBe(true)
    for (const workspace of globSync(['apps/*/package.json', 'packages/*/package.json'], { cwd: root })) expect(paths).toContain(workspace)
  })

  it('brings Node 24 itself in every stage, because npm ci without scripts does not install it', () => {
    expect(JSON.parse(read('package.json')).devDependencies.node).toMatch(/^24\./)
    for (const from of of('FROM')) expect(from).toMatch(/^node:24-/)
    expect(of('RUN')[0]).toBe('npm ci --ignore-scripts')
  })

  it('puts nothing into the image but the bundle', () => {
    const copies = image?.instructions.filter(({ name }) => name === 'COPY').map(({ rest }) => rest)
    expect(copies).toEqual(['--from=build /app/dist ./'])
  })

  it('runs as a user without rights, as a process that hears signals', () => {
    expect(of('USER')).toEqual(['node'])
    expect(execForm(of('ENTRYPOINT')[0] ?? '')).toEqual(['node', 'bin/carillon.mjs'])
    expect(execForm(of('CMD').at(-1) ?? '')).toEqual(['serve'])
    expect(of('HEALTHCHECK')[0]).toContain('/health/ready')
  })
})

it('deploy/carillon.service gives the hub its time to stop, and starts it again after a fatal storage error', () => {
  const unit = read('deploy/carillon.service')
  expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1])).toBeGreaterThan(25)
  expect(unit).toMatch(/^Restart=on-failure$/m)
  // What `npm run build` writes; the bundle is the same path in its folder as the command is in the server’s.
  const [, script = ''] = /^ExecStart=\/usr\/bin\/node dist\/(\S+) serve$/m.exec(unit) ?? []
  expect(existsSync(join(root, 'apps/server', script))).toBe(true)
})

it('deploy/carillon.service keeps compiled code in a folder of the hub that outlives a stop', () => {
  const unit = read('deploy/carillon.service')
  const [, folder = ''] = /^CacheDirectory=(\S+)$/m.exec(unit) ?? []
  expect(unit).toMatch(new RegExp(`^Environment=NODE_COMPILE_CACHE=%C/${folder}$`, 'm'))
  expect(unit).toMatch(/^CacheDirectoryMode=0700$/m)
})

/** `npx carillon` fetches a stranger’s package where there is no checkout, with the hub’s keys in its environment. */
it.each(globSync(['README.md', 'docs/**/*.md'], { cwd: root }))('%s prints no command that npx may fetch', (path) => {
  expect(read(path)).not.toMatch(/npx carillon/)
})
