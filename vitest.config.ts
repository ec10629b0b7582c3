import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/**
 * Five projects. `unit` needs no database; `mock` are those of its tests that replace a module. `story` gets one real PostgreSQL for the whole run;
 * `threads` repeats some stories with a thread that sends. `bundle` runs the stories of the real process, and some of its own, against what
 * `npm run build` wrote; it is not part of `npm test`.
 * A test file that opens a store ends in `.story.test.ts`, one that replaces a module in `.mock.test.ts`; everything under `apps/server/test/` is a story too.
 */
const mocks = ['apps/*/src/**/*.mock.test.ts', 'packages/*/src/**/*.mock.test.ts', 'bench/**/*.mock.test.ts']
const stories = ['apps/server/src/**/*.story.test.ts', 'apps/server/test/**/*.test.ts']

/** Stories of the bundle: what only a bundle can break, and those that start the real command. */
const ofTheBundle = [
  'apps/server/test/bundle/**/*.test.ts',
  'apps/server/test/chaos/rounds.test.ts',
  'apps/server/test/stories/{backup,bundle-quickstart,own-files,rekey,start-and-stop}.test.ts',
]

/** Deliveries, the outbound guard, hostile receivers and the end of the process once more. */
const withThreads = [
  'apps/server/test/chaos/sigterm.test.ts',
  'apps/server/test/stories/{failures-hostile,failures-throttled,optional-parts,outbound-proxy,public-addresses,sensitive,webhooks}.test.ts',
]

/** Story tests wait for disks, processes and retries about half of their time, so two run at once even on two processors; vitest would take one less. */
const maxWorkers = Math.max(2, availableParallelism() - 1)

const withPostgres = { globalSetup: ['apps/server/test/setup/postgres.ts'], testTimeout: 60_000, hookTimeout: 120_000 }

export default defineConfig({
  test: {
    maxWorkers,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['apps/*/src/**/*.test.ts', 'packages/*/src/**/*.test.ts', 'bench/**/*.test.ts'],
          exclude: ['**/node_modules/**', ...stories, ...mocks],
          // The files of one process share what they import: loading it for each file took longer than the tests.
          isolate: false,
          // No test may fail because the machine is busy with others.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'mock',
          include: mocks,
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'story',
          include: stories,
          exclude: ['**/node_modules/**', 'apps/server/test/bundle/**'],
          ...withPostgres,
        },
      },
      {
        test: {
          name: 'threads',
          include: withThreads,
          env: { TEST_SEND_THREADS: '1' },
          ...withPostgres,
        },
      },
      {
        test: {
          name: 'bundle',
          include: ofTheBundle,
          env: { TEST_ENTRY: join(import.meta.dirname, 'dist/bin/carillon.mjs') },
          ...withPostgres,
        },
      },
    ],
  },
})
