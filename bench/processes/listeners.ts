// Opens inbox streams (SSE), one for each user, and says when all have been told of an entry.
import { Agent, get } from 'node:http'
import type { ListenersAnswer, ListenersQuestion } from '../lib/listeners.ts'
import { HEADERS } from '../lib/scene.ts'

/** Streams that are being opened at a time. */
const AT_A_TIME = 50

const agent = new Agent({ maxSockets: Number.POSITIVE_INFINITY })
const heard = new Set<string>()
let open = 0
let lastAt = 0
let failed: string | null = null
let goal = Number.POSITIVE_INFINITY
let reached: (() => void) | undefined

const answer = (): ListenersAnswer => ({ open, heard: heard.size, lastAt, failed })

function told(user: string): void {
  if (heard.has(user)) return
  heard.add(user)
  lastAt = performance.timeOrigin + performance.now()
  if (heard.size >= goal) reached?.()
}

function fail(reason: string): void {
  failed ??= reason
  reached?.()
}

/** Resolves when the stream has begun: after `hello` and the counts. */
const listen = (address: string, user: string): Promise<void> =>
  new Promise((begun) => {
    const request = get(`${address}/v1/inbox/stream`, { agent, headers: { authorization: HEADERS.authorization, 'carillon-user': user } }, (response) => {
      if (response.statusCode !== 200) fail(`answered ${response.statusCode}`)
      let rest = ''
      response.setEncoding('utf8')
      response.on('data', (text: string) => {
        const frames = (rest + text).split('\n\n')
        rest = frames.pop() ?? ''
        for (const frame of frames) {
          if (frame.includes('event: notification')) told(user)
          else if (frame.includes('event: counts')) begun()
          else if (frame.includes('event: resync')) fail(frame)
        }
      })
      response.on('close', () => fail('a stream was closed'))
    })
    request.on('error', (error) => {
      fail(String(error))
      begun()
    })
  })

async function openAll(address: string, users: readonly string[]): Promise<void> {
  let next = 0
  async function runner(): Promise<void> {
    while (next < users.length && failed === null) {
      await listen(address, users[next++]!)
      open++
    }
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, runner))
}

process.on('message', async (question: ListenersQuestion) => {
  if (question.kind === 'open') await openAll(question.address, question.users)
  else if (question.kind === 'reset') heard.clear()
  else {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, question.atMostMs)
      goal = question.count
      reached = () => {
        clearTimeout(timer)
        resolve()
      }
      if (heard.size >= goal || failed !== null) reached()
    })
    reached = undefined
    goal = Number.POSITIVE_INFINITY
  }
  process.send?.(answer())
})
process.on('disconnect', () => process.exit())
process.on('SIGTERM', () => process.exit())
process.send?.('ready')
