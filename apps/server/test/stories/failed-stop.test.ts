import { expect, it, onTestFinished } from 'vitest'
import { pipelineParts } from '../../src/app/wire-pipeline.ts'
import { createPipeline } from '../../src/pipeline.ts'
import { engines } from '../setup/engines.ts'
import { openWorld, until } from './world.ts'

it.each(engines)('a stop waits for the deliveries in flight although a task cannot be released (%s)', async (engine) => {
  // This hub only accepts. The worker beside it has a task that never ends, and cannot release it.
  const world = await openWorld(engine, { env: { CARILLON_ROLE: 'api' } })
  onTestFinished(() => world.stop())
  const parts = pipelineParts(world.app, () => false)
  const task = { id: 'mend-1', name: 'mend', ref: 'mend-1', attempt: 1 }
  const left = [task]
  let refused = false
  const worker = createPipeline({
    ...parts,
    work: {
      mend: {
        inHand: 1,
        together: 1,
        begin: async (tasks) => tasks.map((one) => ({ task: one, priority: 1 })),
        step: () => new Promise((resolve) => setImmediate(resolve, true)),
        forget: async () => {},
      },
    },
    tasks: {
      ...parts.tasks,
      claim: async (kind, limit) => (kind === 'mend' ? left.splice(0) : await parts.tasks.claim(kind, limit)),
      claimSuspect: async (kind, alone) => (kind === 'mend' ? null : await parts.tasks.claimSuspect(kind, alone)),
      heartbeat: (tasks) => parts.tasks.heartbeat(tasks.filter(({ name }) => name !== 'mend')),
      release: async (tasks) => {
        if (tasks.some(({ name }) => name === 'mend')) {
          refused = true
          throw new Error('not released')
        }
        await parts.tasks.release(tasks)
      },
    },
  })
  let release = () => {}
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  await world.client('ana').me.putDestination('webhook', { url: `${world.hooks.url}/ana` })
  await world.client().eventTypes.put('bell.rung', { channels: { webhook: true }, templates: { default: { title: 'Bell', body: '' } } })
  world.hooks.respond(() => released.then(() => 200))
  await world.client().events.report({ type: 'bell.rung', to: ['ana'], data: {} })
  worker.start()
  await until(() => {
    worker.wake()
    return world.hooks.requests.length === 1
  }, 'a request')

  let over = false
  const stopped = worker
    .stop(25_000)
    .catch(({ message }: Error) => message)
    .finally(() => {
      over = true
    })
  await until(() => refused, 'the refused release')
  await world.app.queue.sweep()
  expect(over).toBe(false)
  release()
  expect(await stopped).toBe('not released')
  expect((await world.client().deliveries.list()).items).toMatchObject([{ state: 'sent' }])
})
