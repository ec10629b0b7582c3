import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import { type Plugin, rolldown } from 'rolldown'
import { licencesOf } from './licences.ts'
import { originOf } from './origin.ts'
import { replaceFolder } from './replace-folder.ts'

const root = join(import.meta.dirname, '..')
const server = join(root, 'apps/server')

/** What a bundle imports that is not in it: Node’s own modules, and the optional native driver that pg asks for and lives without. */
const OUTSIDE = [/^node:/, 'pg-native']

/**
 * Writes the hub into a folder that needs nothing but Node: `bin/carillon.mjs`, chunks with source maps and `bin/places.mjs`, which reads them, `@carillon/pack` for configuration files,
 * licences. What is imported on demand stays a chunk of its own. Throws for a folder that holds anything else, and for a package without a licence text.
 */
export const bundle = (folder: string): Promise<void> => replaceFolder(folder, writeBundle)

async function writeBundle(folder: string): Promise<void> {
  const origin = originOf(root)
  const modules = new Set<string>()
  const build = await rolldown({
    input: { carillon: join(server, 'bin/carillon.mjs') },
    platform: 'node',
    external: OUTSIDE,
    plugins: [entriesByUrl(), manifestWith(origin), { name: 'modules', moduleParsed: ({ id }) => void modules.add(id) }],
    logLevel: 'warn',
  })
  await build.write({
    dir: folder,
    format: 'esm',
    minify: true,
    // No comment names them: Node would keep every map in memory from the start.
    sourcemap: 'hidden',
    entryFileNames: ({ name }) => (name === 'carillon' ? 'bin/carillon.mjs' : 'chunks/[name].js'),
    chunkFileNames: 'chunks/[name]-[hash].js',
    sourcemapPathTransform: (path, map) => relative(root, resolve(map, '..', path)),
  })
  await build.close()
  // It is a command, also through a link on the path.
  chmodSync(join(folder, 'bin/carillon.mjs'), 0o755)
  cpSync(join(server, 'bin/places.mjs'), join(folder, 'bin/places.mjs'))
  await bundlePack(join(folder, 'node_modules/@carillon/pack'))
  const { version, license } = manifestOf(server)
  write(
    folder,
    'package.json',
    `${JSON.stringify({ name: 'carillon', version, origin, license, type: 'module', private: true, bin: 'bin/carillon.mjs' }, null, 2)}\n`,
  )
  cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'))
  write(folder, 'THIRD-PARTY-LICENSES.txt', licencesOf(modules))
}

/** What `carillon.config.ts` and packs import; a bundle cannot lend them its own copy. */
async function bundlePack(folder: string): Promise<void> {
  const source = join(root, 'packages/pack')
  const build = await rolldown({ input: join(source, 'src/index.ts'), platform: 'neutral' })
  await build.write({ file: join(folder, 'index.js'), format: 'esm' })
  await build.close()
  const { name, version, license } = manifestOf(source)
  write(folder, 'package.json', `${JSON.stringify({ name, version, license, type: 'module', exports: './index.js' }, null, 2)}\n`)
}

const BY_URL = /new URL\('(?<path>\.[^']+\.ts)', import\.meta\.url\)/g

/**
 * Every `new URL('./….ts', import.meta.url)` in our sources names a worker or a child process: it becomes an entry, and the URL its place. No list
 * has to be kept. Any other use of `import.meta` of ours would name a place that the bundle does not have, and ends the build.
 */
function entriesByUrl(): Plugin {
  return {
    name: 'entries-by-url',
    transform(code, id) {
      if (!id.startsWith(join(server, 'src'))) return null
      const made = code.replaceAll(BY_URL, (_, path: string) => {
        const file = resolve(id, '..', path)
        return `new URL(import.meta.ROLLUP_FILE_URL_${this.emitFile({ type: 'chunk', id: file, name: basename(file, '.ts') })})`
      })
      if (/import\.meta\.(?!ROLLUP_FILE_URL)/.test(made)) this.error(`${relative(root, id)} uses import.meta in a way that does not work from a bundle`)
      return made === code ? null : { code: made, map: null }
    },
  }
}

/** The version that the bundle says of itself comes from the package.json of the server; here it learns its origin too (`src/version.ts`). */
function manifestWith(origin: string): Plugin {
  const file = join(server, 'package.json')
  return {
    name: 'manifest-with-origin',
    load: (id) => (id === file ? { code: JSON.stringify({ version: manifestOf(server)['version'], origin }), moduleType: 'json' } : null),
  }
}

const manifestOf = (folder: string): Record<string, string> => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))

function write(folder: string, name: string, text: string): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, name), text)
}
