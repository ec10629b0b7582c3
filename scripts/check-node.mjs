// Plain JavaScript, run before everything else: Carillon needs Node 24, and npm brings it as the devDependency `node`.
const major = Number(process.versions.node.split('.')[0])

if (major < 24) {
  console.error(
    [
      `Carillon needs Node 24; this is ${process.version}.`,
      '',
      'npm installs Node 24 (devDependency "node") with an install script. Node 24 is missing, so the script did not run:',
      '  - npm ci was not run yet, or ran with --ignore-scripts:   npm ci',
      '  - npm refused the script (npm 12 asks for approval):       npm approve-scripts node && npm rebuild node',
      '  - the registry is not reachable:                           install Node 24 from https://nodejs.org and put it first on PATH',
      '',
      'Then run the same command again, with npm (npm start, npm test, npm run demo).',
    ].join('\n'),
  )
  process.exit(1)
}
