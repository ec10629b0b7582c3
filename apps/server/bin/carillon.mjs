#!/usr/bin/env node
// Plain JavaScript, for an old Node gets a sentence instead of a syntax error, and with a warm cache Node never loads its type stripper (16 MiB).
const major = Number(process.versions.node.split('.')[0])
if (major < 24) {
  console.error(`Carillon needs Node 24; this is ${process.version}. In a checkout \`npm start\` brings its own; else see https://nodejs.org.`)
  process.exit(1)
}
const { keepCompiled } = await import('./compile-cache.mjs')
keepCompiled(new URL('../.cache/compile', import.meta.url))
await import('../src/main.ts')
