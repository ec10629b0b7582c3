// `node bin/places.mjs < log`: writes the log with places in the sources instead of places in the bundle. The hub reads no source map itself: with
// --enable-source-maps it would hold 70 MiB of them.
import { existsSync, readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { resolve, sep } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

/** A path begins where no sign of one stands before: a log holds texts of others, and each slash of a long one would begin another search. */
const PLACE = /(?<![^\s:()"\\])(?:file:\/\/)?(\/[^\s:()"\\]+\.m?js):(\d+):(\d+)/g

/** The bundle. A log may name any file of the machine; no other is opened. */
const BUNDLE = resolve(fileURLToPath(new URL('..', import.meta.url))) + sep

/** @type {Map<string, SourceMap | null>} */
const maps = new Map()

/** @param {string} file */
function mapOf(file) {
  const known = maps.get(file)
  if (known !== undefined) return known
  const map = resolve(file).startsWith(BUNDLE) && existsSync(`${file}.map`) ? readMap(`${file}.map`) : null
  maps.set(file, map)
  return map
}

/** @param {string} path */
function readMap(path) {
  try {
    return new SourceMap(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    console.error(`${path} is no source map: ${error instanceof Error ? error.message : String(error)}`)
    return null
  }
}

process.stdout.write(
  (await text(process.stdin)).replace(PLACE, (place, file, line, column) => {
    const origin = mapOf(file)?.findOrigin(Number(line), Number(column))
    return origin !== undefined && 'fileName' in origin ? `${origin.fileName}:${origin.lineNumber}:${origin.columnNumber}` : place
  }),
)
