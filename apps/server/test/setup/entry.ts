import { join } from 'node:path'

/** What stories start as a process of its own: the checkout’s command, or with `TEST_ENTRY` that of a bundle (`npm run test:bundle`). */
export const ENTRY = process.env['TEST_ENTRY'] ?? join(import.meta.dirname, '../../bin/carillon.mjs')
