import { compileDataSchema } from '../../apps/server/src/forms/data-schema.ts'
import { COSTLY } from '../../apps/server/src/forms/testing/hostile-schemas.ts'
import { dialects } from '../../apps/server/src/rendering/dialects/index.ts'
import { parseMarkdown } from '../../apps/server/src/rendering/markdown.ts'
import { print } from '../../apps/server/src/rendering/print.ts'
import type { Sealed } from '../../apps/server/src/rendering/sealed.ts'
import { CONSTRUCTS, repeated } from '../../apps/server/src/rendering/testing/constructs.ts'

/** What took longest, and what it was. */
export interface Worst {
  value: number
  of: string
}
export interface Costs {
  constructs: number
  markdownMs: Worst
  valueMs: Worst
  schemas: number
  schemaMs: Worst
  schemaMiB: Worst
}

const LENGTH = 65_536
const AGAIN = 4
/** One in so many of the constructs, besides the shortest. */
const SHARE = 9

/** Processor time of this process with all its threads, milliseconds: the least of some runs, because the machine does other things too. */
function cpuMs(run: (time: number) => void): number {
  let least = Number.POSITIVE_INFINITY
  for (let time = 0; time < AGAIN && least > 20; time++) {
    const before = process.cpuUsage()
    run(time)
    const { user, system } = process.cpuUsage(before)
    least = Math.min(least, (user + system) / 1000)
  }
  return least
}

const none = (): Worst => ({ value: 0, of: '' })
const worse = (worst: Worst, value: number, of: string): Worst => (value > worst.value ? { value, of } : worst)

/** Every construct as an author's text, and as data between an author's markup. */
function markdown(): Pick<Costs, 'constructs' | 'markdownMs' | 'valueMs'> {
  const all = Object.entries(dialects)
  let [markdownMs, valueMs] = [none(), none()]
  const chosen = CONSTRUCTS.filter((unit, i) => i % SHARE === 0 || unit.length < 3)
  for (const [i, unit] of chosen.entries()) {
    const text = repeated(unit, LENGTH)
    const [format, dialect] = all[i % all.length]!
    const show = (sealed: Sealed) => print(parseMarkdown(sealed, 'https://application.example'), dialect)
    const of = `${JSON.stringify(unit)} in ${format}`
    // Parsed texts are kept, so each run has another one.
    markdownMs = worse(
      markdownMs,
      cpuMs((time) => void show({ text: `${time}${text}`, values: [] })),
      of,
    )
    valueMs = worse(
      valueMs,
      cpuMs(() => void show({ text: VALUES, values: [text.slice(0, LENGTH / 8)] })),
      of,
    )
  }
  return { constructs: chosen.length, markdownMs, valueMs }
}

const V = '\ufdd00\ufdd1'
const VALUES = `# ${V}\n\n**${V}** [${V}](https://x.example)\n\n| ${V} |\n|---|\n| ${V} |\n\n- ${V}\n\n> ${V}\n\n\`\`\`\n${V}\n\`\`\`\n`

/** Every costly schema, made and applied to data of the size of a report. */
function schemas(): Pick<Costs, 'schemas' | 'schemaMs' | 'schemaMiB'> {
  let [schemaMs, schemaMiB] = [none(), none()]
  for (const [of, { schema, data }] of Object.entries(COSTLY)) {
    const given = data()
    globalThis.gc?.()
    const before = process.memoryUsage().heapUsed
    compileDataSchema(schema)(given)
    schemaMiB = worse(schemaMiB, (process.memoryUsage().heapUsed - before) / 2 ** 20, of)
    schemaMs = worse(
      schemaMs,
      cpuMs(() => void compileDataSchema(schema)(given)),
      of,
    )
  }
  return { schemas: Object.keys(COSTLY).length, schemaMs, schemaMiB }
}

process.on('message', () => process.send?.({ ...markdown(), ...schemas() } satisfies Costs))
process.send?.('ready')
