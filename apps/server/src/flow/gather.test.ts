import { expect, it } from 'vitest'
import { createGather, type GatherOptions } from './gather.ts'
import { createPace } from './pace.ts'
import { gate, settle, until } from './testing/turns.ts'

/** Commits by doubling; every group that it was given is recorded. */
function doubling(more: Partial<GatherOptions<number, number>> = {}) {
  const groups: number[][] = []
  const gather = createGather<number, number>({
    commit: async (group) => {
      groups.push(group)
      return group.map((n) => n * 2)
    },
    parallel: 1,
    size: 100,
    weight: () => 1,
    isStorageFailure: () => false,
    grouping: createPace,
    ...more,
  })
  return { gather, groups }
}

it('commits together what was added in the same turn, and gives each its own result', async () => {
  const { gather, groups } = doubling()
  expect(await Promise.all([1, 2, 3].map((n) => gather.add(n)))).toEqual([2, 4, 6])
  expect(groups).toEqual([[1, 2, 3]])
  expect(await gather.add(4)).toBe(8)
  expect(groups).toEqual([[1, 2, 3], [4]])
})

it('resolves no item before the commit that holds it', async () => {
  const disk = gate<number[]>()
  const { gather } = doubling({ commit: () => disk.opened })
  let answered = false
  const answer = gather.add(1).then((value) => {
    answered = true
    return value
  })
  await settle()
  expect(answered).toBe(false)
  disk.open([7])
  expect(await answer).toBe(7)
})

it('keeps what comes during a commit for the next one', async () => {
  const disk = gate<number[]>()
  const groups: number[][] = []
  const { gather } = doubling({ commit: (group) => (groups.push(group) === 1 ? disk.opened : Promise.resolve(group)) })
  const answers = [gather.add(1)]
  await until(() => groups.length === 1)
  answers.push(gather.add(2), gather.add(3))
  await settle()
  expect(groups).toEqual([[1]])
  disk.open([1])
  expect(await Promise.all(answers)).toEqual([1, 2, 3])
  expect(groups).toEqual([[1], [2, 3]])
})

it('splits what is too long for one group', async () => {
  const { gather, groups } = doubling({ size: 2 })
  expect(await Promise.all([1, 2, 3, 4, 5].map((n) => gather.add(n)))).toEqual([2, 4, 6, 8, 10])
  expect(groups).toEqual([[1, 2], [3, 4], [5]])
})

it('cuts a group by the weight of its items; one that is heavier than a group is one by itself', async () => {
  const { gather, groups } = doubling({ size: 250, weight: (n) => n })
  await Promise.all([100, 150, 1, 1000, 200, 50].map((n) => gather.add(n)))
  expect(groups).toEqual([[100, 150], [1], [1000], [200, 50]])
})

it('runs at most `parallel` commits at once', async () => {
  const disks = [gate<number[]>(), gate<number[]>(), gate<number[]>()]
  const groups: number[][] = []
  const { gather } = doubling({ size: 1, parallel: 2, commit: (group) => disks[groups.push(group) - 1]!.opened })
  const answers = [1, 2, 3].map((n) => gather.add(n))
  await settle()
  expect(groups).toEqual([[1], [2]])
  disks[1]!.open([20])
  expect(await answers[1]).toBe(20)
  await until(() => groups.length === 3)
  disks[0]!.open([10])
  disks[2]!.open([30])
  expect(await Promise.all(answers)).toEqual([10, 20, 30])
})

it('tries a failed group row by row, so that one bad row refuses only itself', async () => {
  const groups: number[][] = []
  const { gather } = doubling({
    commit: async (group) => {
      groups.push(group)
      if (group.includes(13)) throw new Error('13 is not liked')
      return group
    },
  })
  const answers = await Promise.allSettled([1, 13, 2].map((n) => gather.add(n)))
  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(groups).toEqual([[1, 13, 2], [1], [13], [2]])
})

it('does not try rows alone when the storage itself failed', async () => {
  const groups: number[][] = []
  const { gather } = doubling({
    isStorageFailure: () => true,
    commit: async (group) => {
      groups.push(group)
      throw new Error('I/O error')
    },
  })
  await expect(Promise.all([gather.add(1), gather.add(2)])).rejects.toThrow('I/O error')
  expect(groups).toEqual([[1, 2]])
})

it('stops trying row by row as soon as the storage fails', async () => {
  const groups: number[][] = []
  const { gather } = doubling({
    isStorageFailure: (error) => error instanceof Error && error.message === 'I/O error',
    commit: async (group) => {
      groups.push(group)
      throw new Error(group.length > 1 ? 'constraint' : 'I/O error')
    },
  })
  const answers = await Promise.allSettled([gather.add(1), gather.add(2), gather.add(3)])
  expect(answers.every((answer) => answer.status === 'rejected' && answer.reason.message === 'I/O error')).toBe(true)
  expect(groups).toEqual([[1, 2, 3], [1]])
})

it('goes on after a failure', async () => {
  let broken = true
  const { gather } = doubling({ commit: async (group) => (broken ? Promise.reject(new Error('no')) : group) })
  await expect(gather.add(1)).rejects.toThrow('no')
  broken = false
  expect(await gather.add(2)).toBe(2)
})
