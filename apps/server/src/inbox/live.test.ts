import { expect, it } from 'vitest'
import { createLive, payloads } from './live.ts'

/** Two nodes on one line; what is told is heard by both when the "transaction" commits. */
function twoNodes() {
  const ears: { heard: (payload: string) => void; gap: () => void }[] = []
  const parts = {
    notify: async (trx: string[], _channel: string, payload: string) => void trx.push(payload),
    listen: (_channel: string, heard: (payload: string) => void, gap: () => void) => {
      const ear = { heard, gap }
      ears.push(ear)
      return () => void ears.splice(ears.indexOf(ear), 1)
    },
  }
  const commit = (trx: string[]) => {
    for (const payload of trx) for (const ear of [...ears]) ear.heard(payload)
  }
  return { a: createLive(parts), b: createLive(parts), commit, ears }
}

it('tells listeners on every node, only after the commit and only of their user', async () => {
  const { a, b, commit } = twoNodes()
  const heard: unknown[] = []
  a.subscribe('ada', (...told) => heard.push(['a', ...told]))
  b.subscribe('ada', (...told) => heard.push(['b', ...told]))
  b.subscribe('bob', (...told) => heard.push(['bob', ...told]))
  const trx: string[] = []
  await a.inboxChanged(trx, ['ada', 'eve'], 41)
  expect(heard).toEqual([])
  commit(trx)
  expect(heard).toEqual([
    ['a', 'ada', 41],
    ['b', 'ada', 41],
  ])
})

it('says so when the line was down', () => {
  const { a, ears } = twoNodes()
  const heard: unknown[] = []
  a.subscribe('ada', (...told) => heard.push(told))
  for (const ear of ears) ear.gap()
  expect(heard).toEqual([['ada', null]])
})

it('forgets who left, and a stopped node hears nothing', () => {
  const { a, commit } = twoNodes()
  const heard: unknown[] = []
  const leave = a.subscribe('ada', () => heard.push('ada'))
  a.subscribe('bob', () => heard.push('bob'))
  leave()
  commit(payloads(['ada', 'bob'], 1))
  expect(heard).toEqual(['bob'])
  a.stop()
  commit(payloads(['bob'], 2))
  expect(heard).toEqual(['bob'])
})

it('cuts long lists into payloads that PostgreSQL takes, losing nobody', () => {
  const users = Array.from({ length: 1000 }, (_, n) => `użytkownik-${n}-"quoted"`)
  const texts = payloads([...users, users[0]!], 9)
  expect(texts.length).toBeGreaterThan(1)
  for (const text of texts) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(7900)
  expect(texts.flatMap((text) => JSON.parse(text).slice(1))).toEqual(users)
  for (const text of texts) expect(JSON.parse(text)[0]).toBe(9)
  expect(payloads([], 9)).toEqual([])
})

it('is not moved by foreign payloads', () => {
  const { a, commit } = twoNodes()
  a.subscribe('ada', () => {
    throw new Error('nobody told ada')
  })
  commit(['', '{', '{"ada":1}', '["ada"]', '[1,2]'])
})
