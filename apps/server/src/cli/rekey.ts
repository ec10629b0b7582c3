import { parseArgs } from 'node:util'
import { keysOfRunningHubs } from '../app/hub-runs.ts'
import { checkKeys, givenKeys } from '../app/secret-key.ts'
import { readConfig } from '../config.ts'
import { counted } from '../domain/counted.ts'
import { parseFaults } from '../faults.ts'
import type { Dialect } from '../storage/dialects/dialect.ts'
import { keyCheck } from '../storage/operations/checkup.ts'
import { type Rekeyed, rekey } from '../storage/security/rekey.ts'
import type { Command } from './command.ts'
import { withDatabase } from './database.ts'

/** Rows that are named; the rest is counted. */
const NAMED = 5

export const rekeyCommand: Command = {
  help: `carillon rekey [--json]

Encrypts every stored secret again with the first key of CARILLON_SECRET_KEY (or of the file secret.key), so that the keys behind it can be
taken out. Works while the hub runs, in small steps; interrupted at any point, it goes on when it is run again.
  1. Put the new key first, new:…,old:…, and restart every node: from then on new secrets are under the new key.
  2. carillon rekey, with the same keys.
  3. Take the old key out and restart. \`carillon doctor\` says when no secret is under it any more.
  --json  {"key", "rows": {table: number}, "lost": [{"row", "keys"}], "busy"}`,

  async run(args, env, io) {
    const { values } = parseArgs({ args: [...args], options: { json: { type: 'boolean', default: false } } })
    const config = readConfig(env)
    const faults = parseFaults(config.fault, () => process.kill(process.pid, 'SIGKILL'))
    const { databaseUrl } = config
    const { key, outcome } = await withDatabase(config, async (dialect) => {
      const ring = await givenKeys(config)
      checkKeys(config, ring, await keyCheck(dialect))
      if (ring === null) throw new Error('this database has no key yet: the first start of the hub makes one')
      await refuseUnread(dialect, databaseUrl, ring.current)
      const by = { actor: 'cli', requestId: null }
      return { key: ring.current, outcome: await rekey({ dialect, ring, clock: Date.now, by, at: faults.at }) }
    })
    io.out(values.json ? JSON.stringify({ key, ...outcome }, null, 2) : told(key, outcome))
    return outcome.lost.length > 0 || outcome.busy ? 1 : 0
  },
}

/** A hub that runs without the new key could read no secret any more: what it delivers meanwhile would fail. */
async function refuseUnread(dialect: Dialect, databaseUrl: string, key: string): Promise<void> {
  const without = (await keysOfRunningHubs(dialect, databaseUrl)).filter(({ keys }) => !keys.includes(key))
  if (without.length === 0) return
  const known = [...new Set(without.map(({ keys }) => keys.join(', ')))].join('; and with ')
  const hubs = without.length === 1 ? 'one running hub was' : `${without.length} running hubs were`
  throw new Error(
    `${hubs} started with the key ${known} and could not read what ${key} encrypts: restart every node with ${key} among its keys first, then run this again. Nothing was changed.`,
  )
}

function told(key: string, { rows, lost, busy }: Rekeyed): string {
  const done = Object.entries(rows).map(([table, n]) => `  ${table}: ${counted(n, 'row')}`)
  const lines = done.length === 0 ? [`Every secret that can be read is under the key ${key}.`] : [`Encrypted again with the key ${key}:`, ...done]
  if (busy) return [...lines, 'A hub still writes with another key: restart every node with this key first, then run this again.'].join('\n')
  if (lost.length === 0)
    return [...lines, `Other keys are not needed any more: leave ${key} alone in CARILLON_SECRET_KEY (or secret.key) and restart.`].join('\n')
  const keys = [...new Set(lost.flatMap(({ keys }) => keys))].join(', ')
  return [
    ...lines,
    `${counted(lost.length, 'row')} cannot be read with the keys that are given; the values are under ${keys}:`,
    ...lost.slice(0, NAMED).map(({ row }) => `  ${row}`),
    ...(lost.length > NAMED ? [`  and ${lost.length - NAMED} more`] : []),
    'Put that key behind the first one and run this again, or store these secrets anew.',
  ].join('\n')
}
