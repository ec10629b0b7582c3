import { beforeEach, expect, it } from 'vitest'
import type { Task } from '../domain/task.ts'
import { createSuspectTurn } from './suspects.ts'
import { createTaskLoop, type TaskPort, type TaskWork } from './task-loop.ts'
import { gate, settle, until } from './testing/turns.ts'
import type { Walk } from './walks.ts'

/** What happened, in order. */
let said: string[]
let queued: string[]
let suspected: string[]
beforeEach(() => {
  said = []
  queued = []
  suspected = []
})

const task = (ref: string): Task => ({ id: ref, name: 'mend', ref, attempt: 1 })
const list = (tasks: readonly Task[]) => tasks.map(({ ref }) => ref).join(' ')

const port: TaskPort = {
  claim: async (_, limit) => queued.splice(0, limit).map(task),
  claimSuspect: async () => suspected.splice(0, 1).map(task)[0] ?? null,
  async release(tasks) {
    if (tasks.length > 0) said.push(`release ${list(tasks)}`)
  },
  heartbeat: async () => {},
  async fail({ ref }, error) {
    said.push(`fail ${ref}: ${error}`)
  },
  sweep: async () => {},
  onWork: () => () => {},
}

/** The first word of a task says how it ends: `bad` throws, `long` takes as many steps as its number says. */
function start(more: Partial<TaskWork> = {}, tasks: TaskPort = port, suspects = createSuspectTurn(() => {})) {
  const left = new Map<string, number>()
  const errors: unknown[] = []
  const loop = createTaskLoop({
    kind: 'mend',
    work: {
      inHand: 10,
      together: 10,
      async begin(group) {
        said.push(`begin ${list(group)}`)
        if (group.some(({ ref }) => ref.startsWith('bad'))) throw new Error('bad')
        return group.flatMap((one): Walk[] => {
          const [, steps] = /^long(\d)/.exec(one.ref) ?? []
          if (steps === undefined) return []
          left.set(one.ref, Number(steps))
          return [{ task: one, priority: 1 }]
        })
      },
      async step({ ref }) {
        said.push(`step ${ref}`)
        left.set(ref, left.get(ref)! - 1)
        return left.get(ref)! > 0
      },
      async forget(given) {
        if (given.length > 0) said.push(`forget ${list(given)}`)
      },
      ...more,
    },
    tasks,
    suspects,
    failed: (_, error) => errors.push(error),
  })
  return { ...loop, errors }
}

it('begins due tasks together', async () => {
  queued = ['a', 'b', 'c', 'd', 'e']
  const loop = start({ inHand: 4, together: 2 })
  loop.wake()
  await settle()
  expect(said).toEqual(['begin a b', 'begin c d', 'begin e'])
  await loop.stop()
})

it('lets one bad task fail no other', async () => {
  queued = ['a', 'bad', 'c']
  const loop = start()
  loop.wake()
  await settle()
  expect(said).toEqual(['begin a bad c', 'begin a', 'begin bad', 'forget bad', 'fail bad: bad', 'begin c'])
  expect(loop.errors).toEqual([new Error('bad')])
  await loop.stop()
})

it('begins new tasks between two steps of a long one, and has at most `inHand` in hand', async () => {
  queued = ['long3']
  const loop = start({
    inHand: 2,
    async step({ ref }) {
      said.push(`step ${ref}`)
      if (said.length === 2) queued = ['a', 'b', 'c']
      return said.filter((one) => one === `step ${ref}`).length < 3
    },
  })
  loop.wake()
  await settle()
  expect(said).toEqual(['begin long3', 'step long3', 'begin a', 'step long3', 'begin b', 'step long3', 'begin c'])
  await loop.stop()
})

it('works on a suspect alone: long tasks are released first', async () => {
  queued = ['long9']
  const loop = start({
    async step({ ref }) {
      said.push(`step ${ref}`)
      if (said.length === 2) suspected = ['long1 suspect']
      return said.length < 3
    },
  })
  loop.wake()
  await settle()
  expect(said).toEqual(['begin long9', 'step long9', 'forget long9', 'release long9', 'begin long1 suspect', 'step long1 suspect'])
  await loop.stop()
})

it('takes only a suspect of a single death while one of another loop runs beside the turn', async () => {
  const asked: [string, boolean][] = []
  const tasks: TaskPort = {
    ...port,
    async claimSuspect(kind, alone) {
      asked.push([kind, alone])
      return null
    },
  }
  const suspects = createSuspectTurn(() => {})
  const over = suspects.letNext()
  const loop = start({}, tasks, suspects)
  loop.wake()
  await settle()
  over()
  loop.wake()
  await settle()
  expect(asked).toEqual([
    ['mend', false],
    ['mend', true],
  ])
  await loop.stop()
})

it('names the tasks in hand while it works, and none after that', async () => {
  const work = gate()
  queued = ['long1', 'slow', 'next']
  let hand = ''
  const loop = start({
    together: 1,
    async begin(group) {
      if (group[0]!.ref === 'slow') {
        await work.opened
        hand = list(loop.inHand())
      }
      return group[0]!.ref === 'long1' ? [{ task: group[0]!, priority: 1 }] : []
    },
    async step() {
      hand += `, ${list(loop.inHand())}`
      return false
    },
  })
  loop.wake()
  await settle()
  work.open()
  await until(() => hand.includes(','))
  expect(hand).toBe('long1 slow next, long1')
  await settle()
  expect(loop.inHand()).toEqual([])
  await loop.stop()
})

it('lets the lease of a task end when its failure could not be stored', async () => {
  queued = ['bad']
  const loop = start({}, { ...port, fail: async () => Promise.reject(new Error('no database')) })
  loop.wake()
  await settle()
  expect(loop.inHand()).toEqual([])
  expect(loop.errors).toEqual([new Error('bad'), new Error('no database')])
  await loop.stop()
})

it('releases tasks that it has not begun, and long ones, when it stops', async () => {
  const work = gate()
  queued = ['long9', 'slow', 'next']
  const loop = start({
    together: 1,
    async begin(group) {
      said.push(`begin ${list(group)}`)
      if (group[0]!.ref === 'slow') await work.opened
      return group[0]!.ref === 'long9' ? [{ task: group[0]!, priority: 1 }] : []
    },
    step: async () => true,
  })
  loop.wake()
  await settle()
  const stopped = loop.stop()
  work.open()
  await stopped
  expect(said).toEqual(['begin long9', 'begin slow', 'release next', 'forget long9', 'release long9'])
  expect(loop.inHand()).toEqual([])
})

it('releases a suspect between two of its steps when it stops', async () => {
  const work = gate()
  suspected = ['long9']
  let steps = 0
  const loop = start({
    async step() {
      await work.opened
      return ++steps < 5
    },
  })
  loop.wake()
  await settle()
  const stopped = loop.stop()
  work.open()
  await stopped
  expect(said).toEqual(['begin long9', 'forget long9', 'release long9'])
})
