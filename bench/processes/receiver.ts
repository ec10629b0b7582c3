// Receives webhooks and answers 204. It counts them, and on request verifies signatures, records arrival times or leaves them without an answer.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'
import type { ReceiverAnswer, ReceiverQuestion } from '../lib/receiver.ts'

/** One signature in this many is verified: verifying all would measure the receiver. */
const VERIFY_EVERY = 100

let goal = Number.POSITIVE_INFINITY
let count = 0
let firstAt = 0
let lastAt = 0
let verified = 0
let wrong = 0
let webhook: Webhook | undefined
let noting = false
let hanging = false
let notes: [eventId: string, at: number][] = []
let reached: (() => void) | undefined

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    if (!hanging) response.writeHead(204).end()
    lastAt = performance.timeOrigin + performance.now()
    if (count++ === 0) firstAt = lastAt
    if (noting) notes.push([JSON.parse(Buffer.concat(chunks).toString('utf8')).eventId, lastAt])
    if (webhook && count % VERIFY_EVERY === 0) verify(webhook, Buffer.concat(chunks).toString('utf8'), request.headers)
    if (count >= goal) reached?.()
  })
})
server.keepAliveTimeout = 60_000

function verify(key: Webhook, body: string, headers: NodeJS.Dict<string | string[]>): void {
  try {
    key.verify(body, {
      'webhook-id': String(headers['webhook-id']),
      'webhook-timestamp': String(headers['webhook-timestamp']),
      'webhook-signature': String(headers['webhook-signature']),
    })
    verified++
  } catch {
    wrong++
  }
}

const answer = (): ReceiverAnswer => ({ count, firstAt, lastAt, verified, wrong, notes })

process.on('message', (question: ReceiverQuestion) => {
  if (question.kind === 'reset') {
    count = firstAt = lastAt = verified = wrong = 0
    notes = []
    noting = question.note
    hanging = question.hang
    webhook = question.secret === null ? undefined : new Webhook(question.secret)
    goal = Number.POSITIVE_INFINITY
    reached = undefined
    process.send?.(answer())
  } else if (question.kind === 'until') {
    const timer = setTimeout(() => reached?.(), question.atMostMs)
    goal = question.count
    reached = () => {
      clearTimeout(timer)
      reached = undefined
      process.send?.(answer())
    }
    if (count >= goal) reached()
  }
})
process.on('disconnect', () => process.exit())
server.listen(0, '127.0.0.1', () => process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }))
