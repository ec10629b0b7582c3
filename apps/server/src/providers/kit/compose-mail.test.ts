import { describe, expect, it } from 'vitest'
import { exampleMessage, NOW } from '../testing/message.ts'
import { composeMail, mimeOf } from './compose-mail.ts'

const from = { name: 'Bells', address: 'hub@carillon.example' }
const written = async (priority: 'low' | 'medium' | 'high' | 'urgent', bcc: string[] = []) => {
  const recipients = { to: [{ name: '', address: 'ana@example.org' }], cc: [], bcc: bcc.map((address) => ({ name: '', address })) }
  return String(await mimeOf(composeMail({ from, recipients, message: exampleMessage({ priority }), delivery: { id: 'dlv_1', createdAt: NOW } })))
}

describe('a mail as a MIME text', () => {
  it.each([
    ['low', 'Low'],
    ['medium', undefined],
    ['high', 'High'],
    ['urgent', 'High'],
  ] as const)('of %s priority has the importance %s', async (priority, importance) => {
    expect(/^Importance: (\w+)/m.exec(await written(priority))?.[1]).toBe(importance)
  })

  it('ends its lines as RFC 5322 says, and names blind copies for the vendor that removes them', async () => {
    const mime = await written('medium', ['ben@example.org'])
    expect(mime.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
    expect(mime).toContain('\r\nBcc: ben@example.org\r\n')
  })
})
