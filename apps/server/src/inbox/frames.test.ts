import { expect, it } from 'vitest'
import { changedFrame, helloFrame, resyncFrame, sseText, wsText } from './frames.ts'

it('writes one frame both ways', () => {
  const frame = changedFrame(41, { id: 'ntf_1', deleted: true })
  expect(sseText(frame, 'sealed')).toBe('id: sealed\nevent: notification\ndata: {"id":"ntf_1","deleted":true}\n\n')
  expect(JSON.parse(wsText(frame, 'sealed'))).toEqual({ id: 'sealed', event: 'notification', data: { id: 'ntf_1', deleted: true } })
})

it('says in the first frame when to come back', () => {
  expect(sseText(helloFrame(7, { resumed: true, retryMs: 2500 }), 'sealed')).toBe(
    'retry: 2500\nid: sealed\nevent: hello\ndata: {"resumed":true,"retryMs":2500}\n\n',
  )
})

it('keeps line breaks of a text inside its JSON, so a text cannot end a frame', () => {
  const text = sseText({ ...resyncFrame(1, 'slow'), data: JSON.stringify('a\n\nevent: hello\r\ndata: x') }, 'sealed')
  expect(text.match(/\n/g)).toHaveLength(4)
  expect(text).not.toContain('\r')
})
