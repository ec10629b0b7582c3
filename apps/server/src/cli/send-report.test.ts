import { expect, it } from 'vitest'
import { toReport } from './send-report.ts'

it('makes an event of a type, with everybody it is for', () => {
  const given = { type: 'build.failed', to: ['ana', 'ben'], 'to-topic': ['web'], 'to-email': ['x@example.com'], 'to-all': true, data: '{"project":"web"}' }
  expect(toReport(given)).toEqual({
    type: 'build.failed',
    to: ['ana', 'ben', { topic: 'web' }, { email: 'x@example.com' }, { all: true }],
    data: { project: 'web' },
  })
})

it('makes a message of a title, with or without a body', () => {
  expect(toReport({ title: 'Hello', to: ['ana'] })).toEqual({ title: 'Hello', body: '', to: ['ana'] })
  expect(toReport({ title: 'Hello', body: '**You**', to: ['ana'] })).toEqual({ title: 'Hello', body: '**You**', to: ['ana'] })
})

it('says everything else that a report can say', () => {
  const options = {
    channel: ['email'],
    severity: 'warning',
    priority: 'high',
    actor: 'cy',
    tag: ['eu'],
    link: 'https://example.com/1',
    'dedup-key': 'k',
    'send-at': '2026-05-01T08:00:00+02:00',
    'expires-at': '2026-05-02T08:00:00+02:00',
  }
  expect(toReport({ type: 't', to: ['ana'], ...options })).toEqual({
    type: 't',
    to: ['ana'],
    channels: ['email'],
    severity: 'warning',
    priority: 'high',
    actor: 'cy',
    tags: ['eu'],
    url: 'https://example.com/1',
    dedupKey: 'k',
    sendAt: '2026-05-01T08:00:00+02:00',
    expiresAt: '2026-05-02T08:00:00+02:00',
  })
})

it('makes an event for shared connections alone', () => {
  expect(toReport({ type: 'build.failed', 'to-rooms': true })).toEqual({ type: 'build.failed', to: [] })
})

it.each([
  [{ type: 't' }, 'the recipient is missing'],
  [{ to: ['ana'] }, 'the event is missing'],
  [{ to: ['ana'], type: 't', title: 'Hello' }, 'an event takes its texts from its type'],
  [{ to: ['ana'], type: 't', data: '{' }, '--data must be JSON'],
  [{ to: ['ana'], type: 't', data: 'null' }, '--data must be a JSON object'],
  [{ to: ['ana'], type: 't', severity: 'bad' }, '--severity must be one of debug'],
  [{ to: ['ana'], type: 't', priority: 'now' }, '--priority must be one of low'],
])('%j is refused', (given, sentence) => {
  expect(() => toReport(given)).toThrow(sentence)
})
