import fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engines, openTestStore, type TestStore } from '../../../test/setup/engines.ts'
import { SECOND } from '../../domain/time.ts'
import type { Mark } from '../../inbox/marks.ts'
import { createInboxReads } from './inbox.ts'
import { createInboxMarks } from './marks.ts'
import { createEntryWriter } from './testing/inbox-entries.ts'

const USERS = ['ann', 'bob'] as const
const ACTIONS = ['read', 'unread', 'seen', 'archive', 'unarchive', 'delete'] as const

type Step =
  | { kind: 'add'; user: number; visible: boolean }
  | { kind: 'mark'; user: number; entries: number[]; action: (typeof ACTIONS)[number] }
  | { kind: 'readAll'; user: number }
  | { kind: 'wait'; ms: number }

const user = fc.nat(USERS.length - 1)
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('add' as const), user, visible: fc.boolean() }) },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('mark' as const),
        user,
        entries: fc.array(fc.nat(30), { minLength: 1, maxLength: 3 }),
        action: fc.constantFrom(...ACTIONS),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('readAll' as const), user }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(SECOND, 4 * SECOND, 10 * SECOND, 11 * SECOND) }) },
  ),
  { minLength: 1, maxLength: 25 },
)

describe.each(engines)('numbers of changes (%s)', (engine) => {
  let store: TestStore
  beforeAll(async () => {
    store = await openTestStore(engine)
  })
  afterAll(() => store.close())

  it('are found from any position on, as if every row were read', async () => {
    const { dialect } = store
    let now = 1_700_000_000_000
    const clock = () => now
    const inbox = createInboxReads(dialect, clock)
    const marks = createInboxMarks({ dialect, clock, inboxChanged: async () => {} })
    const entries = createEntryWriter(dialect, clock)
    let round = 0

    async function make(history: readonly Step[], nameOf: (user: number) => string): Promise<void> {
      const visible = new Map<string, string[]>()
      for (const step of history) {
        if (step.kind === 'wait') {
          now += step.ms
          continue
        }
        const name = nameOf(step.user)
        const shown = visible.get(name) ?? []
        if (step.kind === 'add') {
          const ids = await entries.add({ user: name, visible: step.visible })
          if (step.visible) visible.set(name, [...shown, ...ids])
        } else if (step.kind === 'readAll') await marks.readAll(name, {})
        else {
          const chosen = [...new Set(step.entries.flatMap((n) => shown[n % Math.max(1, shown.length)] ?? []))]
          const mark: Mark = { action: step.action }
          await marks.mark(name, chosen, mark)
          if (step.action === 'delete')
            visible.set(
              name,
              shown.filter((id) => !chosen.includes(id)),
            )
        }
      }
    }

    await fc.assert(
      fc.asyncProperty(steps, async (history) => {
        round++
        const nameOf = (n: number) => `${USERS[n % USERS.length]}${round}`
        await make(history, nameOf)
        const names = USERS.map((_, n) => nameOf(n))
        const { rows } = await sql<{ user: string; id: string; changed: number; visible: number; at: number }>`
          select user_id as "user", ${dialect.publicId('ntf', 'id')} as id, changed, visible, case when changed_at > 0 then changed_at else created_at end as at
          from notifications where user_id in ${dialect.among(names)} order by changed`.execute(dialect.db)
        const [lowest, highest] = [rows[0]?.changed ?? 1, rows.at(-1)?.changed ?? 1]
        const of = (name: string) => rows.filter((row) => row.user === name)
        for (const name of names) expect(await inbox.last(name)).toBe(of(name).at(-1)?.changed ?? 0)
        for (let since = lowest - 1; since <= highest + 1; since++) {
          // The second reader is elsewhere.
          const positions = names.map((userId, n) => ({ userId, since: n === 0 ? since : lowest + ((since * 7) % (highest - lowest + 2)) }))
          const changes = rows.filter((row) => positions.some((one) => one.userId === row.user && row.changed >= one.since))
          const pending = new Map(
            names.flatMap((name) => {
              const own = changes.filter((row) => row.user === name)
              return own.length === 0 ? [] : [[name, { count: own.length, last: own.at(-1)!.changed }]]
            }),
          )
          expect(await inbox.pending(positions)).toEqual(pending)
          const shown = changes.filter((row) => row.visible === 1).map(({ id, changed }) => [id, changed])
          const limit = 1 + (since % 4) * 10
          expect((await inbox.changed(positions, limit)).map(({ id, changed }) => [id, changed])).toEqual(shown.slice(0, limit))
          for (const name of names) {
            const before = of(name).filter(({ changed }) => changed <= since)
            const from = before.filter(({ at }) => at >= before.at(-1)!.at - 10 * SECOND)
            const expected = since > (of(name).at(-1)?.changed ?? 0) ? null : Math.min(since + 1, ...from.map(({ changed }) => changed))
            expect(await inbox.resumeFrom(name, since)).toBe(expected)
          }
        }
      }),
      { numRuns: 30 },
    )
  })
})
