#!/usr/bin/env node
// Plain JavaScript, so that an old Node gets a sentence instead of a syntax error.
const major = Number(process.versions.node.split('.')[0])
if (major < 24) {
  console.error(`Carillon needs Node 24; this is ${process.version}. Inside a checkout run it by npm (\`npm start\`), which brings its own.`)
  process.exit(1)
}
await import('../src/main.ts')
