import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'

/**
 * `prepack` and `postpack` of a package, run in its folder. In the workspace a package is its TypeScript source, without a build; what is packed
 * is JavaScript and declarations, because Node strips no types below node_modules. npm packs the package.json that stands in the folder and, unlike
 * pnpm, does not apply `publishConfig`, so it is put there for as long as npm packs.
 */
const MANIFEST = 'package.json'
const SOURCE = 'package.json.source'
const MADE = ['dist', 'LICENSE']

function build(): void {
  // Of a run that was interrupted.
  restore()
  execFileSync('tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' })
  copyFileSync('../../LICENSE', 'LICENSE')
  const text = readFileSync(MANIFEST, 'utf8')
  // Without `private`: that keeps the folder from being published by accident, and nobody from publishing the tarball where they like.
  const { private: _private, scripts: _scripts, publishConfig, ...manifest } = JSON.parse(text)
  copyFileSync(MANIFEST, SOURCE)
  writeFileSync(MANIFEST, `${JSON.stringify({ ...manifest, ...publishConfig }, null, 2)}\n`)
}

function restore(): void {
  if (existsSync(SOURCE)) renameSync(SOURCE, MANIFEST)
  for (const made of MADE) rmSync(made, { recursive: true, force: true })
}

if (process.argv[2] === 'build') build()
else restore()
