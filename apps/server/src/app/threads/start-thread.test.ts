import { Worker } from 'node:worker_threads'
import { expect, it, onTestFinished } from 'vitest'
import { OtherForm, startThread, threadOptions } from './start-thread.ts'
import { threadData } from './testing/config.ts'

const HUB = { CARILLON_SECRET_KEY: 'k1:secret', CARILLON_ROOT_KEY: 'root', PATH: '/bin', NODE_EXTRA_CA_CERTS: '/etc/own.pem', SSL_CERT_DIR: '/etc/certs' }

/** A real thread with these options; what it said, and how it ended. */
async function run(code: string): Promise<{ said: unknown[]; error: string | undefined; exit: number }> {
  const worker = new Worker(`const { parentPort, resourceLimits } = require('node:worker_threads'); ${code}`, { eval: true, ...threadOptions(HUB) })
  const said: unknown[] = []
  let error: string | undefined
  worker.on('message', (one) => said.push(one))
  worker.on('error', (one: NodeJS.ErrnoException) => {
    error = one.code
  })
  const exit = await new Promise<number>((ended) => worker.on('exit', ended))
  return { said, error, exit }
}

it('shows a thread of the environment only whom TLS trusts', async () => {
  const { said } = await run('parentPort.postMessage({ env: { ...process.env }, flags: process.execArgv })')
  expect(said).toEqual([{ env: { NODE_EXTRA_CA_CERTS: '/etc/own.pem', SSL_CERT_DIR: '/etc/certs' }, flags: [] }])
})

it('ends a thread that takes too much memory, and not the process', async () => {
  // Many objects of a moderate size: one allocation of many megabytes would end the process, so messages are shorter.
  const { error, exit } = await run(
    'if (resourceLimits.maxOldGenerationSizeMb === 512) { const kept = []; for (;;) kept.push(new Array(1e4).fill(kept.length)) }',
  )
  expect([error, exit]).toEqual(['ERR_WORKER_OUT_OF_MEMORY', 1])
})

/** The thread itself: what it said, or how it ended. */
const begin = (form: string): Promise<unknown> =>
  new Promise((resolve) => {
    const port = startThread({ ...threadData, form }, { heard: (text) => resolve(text), ended: resolve })
    onTestFinished(port.end)
  })

it('starts a thread of the same build, and none of another one, which would not understand the hub', async () => {
  expect(await begin(threadData.form)).toBe('[]')
  expect(await begin('another build')).toBeInstanceOf(OtherForm)
})
