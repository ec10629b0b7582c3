import type { Dialect } from './dialects/dialect.ts'
import type { Trx } from './schema.ts'

/** The kinds of data that every node keeps in memory: the operators' configuration, who may call (keys; users who ended), and the health of connections. */
export type ConfigKind = 'event-types' | 'connections' | 'channels' | 'keys' | 'users' | 'health'

const CHANNEL = 'carillon_config'
const KINDS: readonly string[] = ['event-types', 'connections', 'channels', 'keys', 'users', 'health'] satisfies ConfigKind[]
const isKind = (text: string): text is ConfigKind => KINDS.includes(text)

/** Notifies every node, once the transaction has committed, to read this kind again. */
export const configChanged = (dialect: Dialect, trx: Trx, kind: ConfigKind): Promise<void> => dialect.notify(trx, CHANNEL, kind)

/** Calls `changed` on changes by any node; after a gap in the connection every kind counts as changed. Returns a function that stops it. */
export const onConfigChange = (dialect: Dialect, changed: (kind: ConfigKind) => void): (() => void) =>
  dialect.listen(
    CHANNEL,
    (kind) => {
      if (isKind(kind)) changed(kind)
    },
    () => {
      for (const kind of KINDS) if (isKind(kind)) changed(kind)
    },
  )
