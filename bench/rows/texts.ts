import { startChild } from '../lib/child.ts'
import type { Row } from '../lib/figure.ts'
import type { Costs } from '../processes/texts.ts'

/** What hostile texts and schemas cost the thread of all requests. No database is asked, so it runs once. */
export const texts: Row = {
  name: 'texts',
  title: 'hostile Markdown, values and data schemas',
  async run(engine) {
    if (engine !== 'sqlite') return []
    const child = await startChild<object, Costs, string>('processes/texts', {}, ['--expose-gc'])
    const { constructs, markdownMs, valueMs, schemas, schemaMs, schemaMiB } = await child.ask({})
    await child.stop()
    const common = { row: 'texts', engine }
    const most = (limit: number) => ({ of: 'value', most: limit }) as const
    return [
      {
        ...common,
        what: `64 KiB of each of ${constructs} Markdown constructs, CPU of the worst`,
        value: markdownMs.value,
        unit: 'ms',
        note: markdownMs.of,
        aim: most(50),
      },
      { ...common, what: 'the same as data in headings, tables, links, code', value: valueMs.value, unit: 'ms', note: valueMs.of, aim: most(50) },
      {
        ...common,
        what: `each of ${schemas} costly data schemas, made and applied, CPU of the worst`,
        value: schemaMs.value,
        unit: 'ms',
        note: schemaMs.of,
        aim: most(50),
      },
      { ...common, what: 'growth of the heap meanwhile, the worst', value: schemaMiB.value, unit: 'MiB', note: schemaMiB.of, aim: most(32) },
    ]
  },
}
