import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

/**
 * Two projects: `unit` needs no database, `story` gets one real PostgreSQL for the whole run.
 * A test file that opens a store ends in `.story.test.ts`; everything under `apps/server/test/` is a story too.
 */
const stories = ['apps/server/src/**/*.story.test.ts', 'apps/server/test/**/*.test.ts']

/** Story tests wait for disks, processes and retries about half of their time, so two run at once even on two processors; vitest would take one less. */
const maxWorkers = Math.max(2, availableParallelism() - 1)

export default defineConfig({
  test: {
    maxWorkers,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['apps/*/src/**/*.test.ts', 'packages/*/src/**/*.test.ts', 'bench/**/*.test.ts'],
          exclude: ['**/node_modules/**', ...stories],
          // No test may fail because the machine is busy with others.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'story',
          include: stories,
          globalSetup: ['apps/server/test/setup/postgres.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
