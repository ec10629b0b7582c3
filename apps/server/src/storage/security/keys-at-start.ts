import type { Dialect } from '../dialects/dialect.ts'
import { putSetting } from '../operations/settings.ts'

const PREFIX = 'keys_at_start '

/** A node, and the ids of the keys with which it has started. */
export interface KeysOfNode {
  node: string
  keys: string[]
}

/** The nodes on this database, as its queue knows them. */
export interface Nodes {
  /** The name of this node. */
  owner(): string
  /** Of these nodes, those whose process has certainly ended. */
  dead(nodes: string[]): Promise<string[]>
}

/** Keeps the ids of the keys with which this node has started, and forgets those of nodes that have ended. */
export async function noteKeysAtStart(dialect: Dialect, { owner, dead }: Nodes, ids: readonly string[]): Promise<void> {
  const others = (await keysAtStart(dialect)).map(({ node }) => node).filter((node) => node !== owner())
  const gone = others.length === 0 ? [] : (await dead(others)).map((node) => PREFIX + node)
  if (gone.length > 0) await dialect.db.deleteFrom('settings').where('key', 'in', dialect.among(gone)).execute()
  await putSetting(dialect, PREFIX + owner(), ids.join(','))
}

/** What each node has noted at its start, also those that have ended since the last one. */
export async function keysAtStart({ db }: Dialect): Promise<KeysOfNode[]> {
  const rows = await db.selectFrom('settings').selectAll().where('key', 'like', `${PREFIX}%`).orderBy('key').execute()
  return rows.map(({ key, value }) => ({ node: key.slice(PREFIX.length), keys: value.split(',') }))
}
