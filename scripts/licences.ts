import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Packages without a file of their licence: all are under MIT, whose text needs their copyright line, from their README or else their author. */
const COPYRIGHT: Record<string, string | undefined> = {
  'abstract-logging': 'Copyright (c) James Sumners',
  http_ece: 'Copyright (c) Martin Thomson',
  'pg-types': 'Copyright (c) 2014 Brian M. Carlson',
  pgpass: 'Copyright (c) 2013-2016 Hannes Hörl',
}

const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`

interface Manifest {
  name: string
  version: string
  license?: string
}

/** The licence texts of every package that one of these modules belongs to, by name. Throws for a package that has no text and is not listed below. */
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
  const copyright = COPYRIGHT[name]
  if (texts.length === 0 && copyright !== undefined && license === 'MIT') texts.push(`${copyright}\n\n${MIT}`)
  if (texts.length === 0)
    throw new Error(`${name} has no file with its licence (${license ?? 'and names none'}). Find its text, and list it in scripts/licences.ts.`)
  return `${name} ${version} (${license ?? 'see below'})\n\n${texts.join('\n\n')}\n`
}
