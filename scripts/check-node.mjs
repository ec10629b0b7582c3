// Plain JavaScript, run before everything else: Carillon needs Node 24, and npm brings it as the devDependency `node`.
const major = Number(process.versions.node.split('.')[0])

if (major < 24) {
  console.error(
    [
      `Carillon needs Node 24; this is ${process.version}.`,
      '',
      'npm fetches Node 24 by itself (devDependency "node"), by an install script. That it is missing means that the script did not run:',
      '  - npm ci was not run yet, or ran with --ignore-scripts:   npm ci',
      '  - npm refused the script (npm 12 asks for approval):       npm approve-scripts node && npm rebuild node',
      '  - there is no way to the registry: install Node 24 from https://nodejs.org and put it first on PATH.',
      '',
      'Then run the same command again, by npm (npm start, npm test, npm run demo).',
    ].join('\n'),
  )
  process.exit(1)
}
