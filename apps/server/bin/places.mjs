// `node bin/places.mjs < log`: writes the log with places in the sources instead of places in the bundle. The hub reads no source map itself: with
// --enable-source-maps it would hold 70 MiB of them.
import { existsSync, readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { text } from 'node:stream/consumers'

const PLACE = /(?:file:\/\/)?(\/[^\s:()"\\]+\.m?js):(\d+):(\d+)/g

/** @type {Map<string, SourceMap>} */
const maps = new Map()

/** @param {string} file */
function mapOf(file) {
  if (!maps.has(file) && existsSync(`${file}.map`)) maps.set(file, new SourceMap(JSON.parse(readFileSync(`${file}.map`, 'utf8'))))
  return maps.get(file)
}

process.stdout.write(
  (await text(process.stdin)).replace(PLACE, (place, file, line, column) => {
    const origin = mapOf(file)?.findOrigin(Number(line), Number(column))
    return origin !== undefined && 'fileName' in origin ? `${origin.fileName}:${origin.lineNumber}:${origin.columnNumber}` : place
  }),
)
