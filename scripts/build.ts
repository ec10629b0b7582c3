// `npm run build`: the hub as a folder that needs nothing but Node 24, in dist/ or in the folder that is given.
import { resolve } from 'node:path'

const folder = resolve(process.argv[2] ?? 'dist')
try {
  const { bundle } = await import('./bundle.ts')
  await bundle(folder)
  console.log(`${folder}: start it with \`node bin/carillon.mjs serve\``)
} catch (error) {
  const message = error instanceof Error ? error.message : String(error)
  const lacksBundler = /Cannot find package 'rolldown'/.test(message)
  console.error(lacksBundler ? 'The build needs the development dependencies: run `npm ci` without --omit=dev.' : `The build failed: ${message}`)
  process.exitCode = 1
}
