import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createCommitter } from './committer.ts'
import { createGather } from './gather.ts'
import { createRecorder } from './recorder.ts'
import { settle, until } from './testing/turns.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

class StorageError extends Error {}

/** Reports and outcomes are words; a database in memory keeps what was committed. `refuses` throws where a statement would fail. */
function committing({ shared = true, refuses = (_word: string) => {}, commitFails = (_rows: string[]) => {} } = {}) {
  const commits: string[][] = []
  const failures: string[][] = []
  const clock = { at: 0 }
  let tries = 0
  const committer = createCommitter<string[]>({
    async transaction(run) {
      tries++
      const rows: string[] = []
      const result = await run(rows)
      commitFails(rows)
      commits.push(rows)
      return result
    },
    shared,
    isStorageFailure: (error) => error instanceof StorageError,
    beforeCommit() {},
    now: () => clock.at,
  })
  const write = (words: string[]) =>
    committer.transaction(async (rows) => {
      for (const word of words) {
        refuses(word)
        rows.push(word)
      }
      return words
    })
  const isStorageFailure = (error: unknown) => error instanceof StorageError
  // In the order of `pipeline.ts`.
  const recorder = createRecorder<string>({
    write: async (words) => void (await write(words)),
    failed: (_, words) => failures.push(words),
    isStorageFailure,
    grouping: committer.grouping,
  })
  const gather = createGather<string, string>({ commit: write, parallel: 1, size: 250, weight: () => 1, isStorageFailure, grouping: committer.grouping })
  return { committer, gather, recorder, commits, failures, clock, tries: () => tries }
}

const refusing =
  (...words: string[]) =>
  (word: string) => {
    if (words.includes(word)) throw new Error(`${word} is not liked`)
  }

describe('reports and outcomes', () => {
  it('that come in the same turn share one commit, and each is answered after it', async () => {
    const { gather, recorder, commits } = committing()
    recorder.add('outcome')
    expect(await Promise.all([gather.add('one'), gather.add('two')])).toEqual(['one', 'two'])
    expect(commits).toEqual([['outcome', 'one', 'two']])
  })

  it('that come within the gap share the next commit', async () => {
    const { gather, recorder, commits, clock } = committing()
    recorder.add('outcome')
    await gather.add('one')
    const next = gather.add('two')
    recorder.add('another')
    await settle()
    expect(commits).toHaveLength(1)
    clock.at += 2
    vi.advanceTimersByTime(2)
    await next
    expect(commits).toEqual([
      ['outcome', 'one'],
      ['another', 'two'],
    ])
  })

  it('commit apart where there are several writers', async () => {
    const { gather, recorder, commits } = committing({ shared: false })
    recorder.add('outcome')
    await gather.add('one')
    expect(commits).toEqual([['one']])
    vi.advanceTimersByTime(4)
    await until(() => commits.length === 2)
    expect(commits).toEqual([['one'], ['outcome']])
  })

  it('one after the other do not wait for each other: reports alone have no gap', async () => {
    const { gather, commits } = committing()
    await gather.add('one')
    await gather.add('two')
    expect(commits).toEqual([['one'], ['two']])
  })
})

describe('a failure', () => {
  it('of a report refuses neither its neighbours nor an outcome', async () => {
    const { gather, recorder, commits, failures } = committing({ refuses: refusing('bad') })
    recorder.add('outcome')
    const answers = await Promise.allSettled([gather.add('one'), gather.add('bad'), gather.add('two')])
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    await until(() => commits.length === 3)
    expect(commits.flat().sort()).toEqual(['one', 'outcome', 'two'])
    expect(failures).toEqual([])
  })

  it('of an outcome refuses neither its neighbours nor a report, and the outcome is kept', async () => {
    let bad = true
    const { gather, recorder, commits, failures } = committing({ refuses: (word) => bad && refusing('bad')(word) })
    for (const word of ['first', 'bad', 'last']) recorder.add(word)
    expect(await Promise.all([gather.add('one'), gather.add('two')])).toEqual(['one', 'two'])
    await until(() => commits.length === 3)
    expect(commits).toContainEqual(['one', 'two'])
    expect(commits.flat().sort()).toEqual(['first', 'last', 'one', 'two'])
    expect(failures).toEqual([['first', 'bad', 'last'], ['bad']])
    bad = false
    vi.advanceTimersByTime(1000)
    await until(() => commits.length === 4)
    expect(commits.at(-1)).toEqual(['bad'])
  })

  it('of the commit is tried apart, each kind by itself', async () => {
    const { gather, recorder, commits, tries } = committing({
      commitFails(rows) {
        if (rows.length > 1) throw new Error('a deferred constraint')
      },
    })
    recorder.add('outcome')
    expect(await gather.add('one')).toBe('one')
    await until(() => commits.length === 2)
    expect(commits.flat().sort()).toEqual(['one', 'outcome'])
    expect(tries()).toBe(3)
  })

  it('of the storage refuses the whole group without another try, and the outcome is written a second later', async () => {
    let full = true
    const { gather, recorder, commits, tries } = committing({
      commitFails() {
        if (full) throw new StorageError('disk full')
      },
    })
    recorder.add('outcome')
    const answers = await Promise.allSettled([gather.add('one'), gather.add('two')])
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    await settle()
    expect(tries()).toBe(1)
    full = false
    vi.advanceTimersByTime(1000)
    await until(() => commits.length === 1)
    expect(commits).toEqual([['outcome']])
  })

  it('of the storage keeps several outcomes without another try', async () => {
    const { recorder, failures, tries } = committing({
      commitFails() {
        throw new StorageError('disk full')
      },
    })
    recorder.add('first')
    recorder.add('second')
    await recorder.flush()
    await settle()
    expect(tries()).toBe(1)
    expect(failures).toEqual([['first', 'second']])
  })

  it('of the commit of one report is tried once', async () => {
    const { gather, tries } = committing({
      commitFails() {
        throw new Error('a deferred constraint')
      },
    })
    await expect(gather.add('one')).rejects.toThrow('a deferred constraint')
    await settle()
    expect(tries()).toBe(1)
  })

  it('of a queue when a group begins leaves no later transaction without a commit', async () => {
    vi.useFakeTimers({ toFake: ['setImmediate', 'clearImmediate'] })
    const { committer, commits } = committing()
    const pace = committer.grouping(() => {
      throw new Error('a bug')
    })
    pace.now()
    expect(() => vi.advanceTimersByTime(0)).toThrow('a bug')
    await committer.transaction(async (rows) => rows.push('later'))
    expect(commits).toEqual([['later']])
  })

  it('of the storage ends the tries one by one', async () => {
    let tried = 0
    const { gather, recorder, failures, tries } = committing({
      commitFails() {
        throw ++tried === 1 ? new Error('a deferred constraint') : new StorageError('disk full')
      },
    })
    recorder.add('outcome')
    await expect(gather.add('one')).rejects.toThrow('disk full')
    await settle()
    expect(tries()).toBe(2)
    expect(failures).toEqual([['outcome']])
  })
})

it('the last flush writes all outcomes while reports come, and leaves no timer behind', async () => {
  const { gather, recorder, commits } = committing()
  recorder.add('outcome')
  const answer = gather.add('one')
  await recorder.end()
  expect(await answer).toBe('one')
  expect(commits).toEqual([['outcome', 'one']])
  expect(vi.getTimerCount()).toBe(0)
})
