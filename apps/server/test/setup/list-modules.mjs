// Loaded by --import: writes the path of every module that was loaded from a file, also those of Node’s own HTTP client, when the process ends.
import { writeFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

const urls = new Set()
registerHooks({
  load(url, context, next) {
    urls.add(url)
    return next(url, context)
  },
})
process.on('exit', () => writeFileSync('modules.json', JSON.stringify([...urls, ...process.moduleLoadList])))
