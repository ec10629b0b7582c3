// `npm run build`: the hub as a folder that needs nothing but Node 24, in dist/ or in the folder that is given.
import { resolve } from 'node:path'
import { bundle } from './bundle.ts'

const folder = resolve(process.argv[2] ?? 'dist')
await bundle(folder)
console.log(`${folder}: start it with \`node bin/carillon.mjs serve\``)
