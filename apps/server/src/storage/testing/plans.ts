import { CompiledQuery, type KyselyPlugin, type RootOperationNode } from 'kysely'
import type { Dialect } from '../dialects/dialect.ts'

/**
 * How the engine would run each statement that `run` asks through the given dialect, as text, in their order. With `byIndex`,
 * PostgreSQL sorts only where no index gives the order: few rows are cheaper to sort.
 */
export async function plansOf(dialect: Dialect, run: (watched: Dialect) => Promise<unknown>, byIndex = false): Promise<string[]> {
  const asked: RootOperationNode[] = []
  const watch: KyselyPlugin = {
    transformQuery({ node }) {
      asked.push(node)
      return node
    },
    transformResult: async ({ result }) => result,
  }
  await run({ ...dialect, db: dialect.db.withPlugin(watch), reads: dialect.reads.withPlugin(watch) })
  const explain = dialect.engine === 'sqlite' ? 'explain query plan' : 'explain'
  return dialect.db.connection().execute(async (db) => {
    const set = async (setting: 'off' | 'on') => {
      if (byIndex && dialect.engine === 'postgres') await db.executeQuery(CompiledQuery.raw(`set enable_sort = ${setting}`))
    }
    await set('off')
    const plans: string[] = []
    for (const node of asked) {
      const { sql, parameters } = dialect.db.getExecutor().compileQuery(node, { queryId: 'explained' })
      // SQLite plans a statement again for values that let it use a partial index, at every call: such a plan is none that the hub should rely on.
      const given = dialect.engine === 'sqlite' ? parameters.map(() => null) : [...parameters]
      const { rows } = await db.executeQuery<object>(CompiledQuery.raw(`${explain} ${sql}`, given))
      plans.push(JSON.stringify(rows))
    }
    await set('on')
    return plans
  })
}

/** What a plan contains where rows are put in order without an index. */
export const SORTED = /TEMP B-TREE|\bSort\b/
