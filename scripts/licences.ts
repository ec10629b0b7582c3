import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

interface Manifest {
  name: string
  version: string
  license?: string
}

/** The licence texts of every package that one of these modules belongs to, by name. Throws for a package that names no licence. */
export function licencesOf(modules: Iterable<string>): string {
  const packages = new Map<string, string>()
  for (const file of modules) {
    const folder = file.includes('/node_modules/') ? packageOf(dirname(file)) : undefined
    if (folder !== undefined) packages.set(folder, sectionOf(folder))
  }
  return [...new Set(packages.values())].sort().join(`\n${'-'.repeat(80)}\n\n`)
}

/** The nearest folder above that is a package; some have a package.json without a name further inside. */
function packageOf(folder: string): string {
  const manifest = join(folder, 'package.json')
  return existsSync(manifest) && 'version' in JSON.parse(readFileSync(manifest, 'utf8')) ? folder : packageOf(dirname(folder))
}

function sectionOf(folder: string): string {
  const { name, version, license }: Manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const files = globSync('{licen[cs]e,LICEN[CS]E,Licen[cs]e,NOTICE}*', { cwd: folder }).sort()
  const texts = files.map((file) => readFileSync(join(folder, file), 'utf8').trim())
  if (license === undefined && texts.length === 0) throw new Error(`${name} names no licence`)
  return `${name} ${version} (${license ?? 'see below'})\n${texts.length === 0 ? '' : `\n${texts.join('\n\n')}\n`}`
}
