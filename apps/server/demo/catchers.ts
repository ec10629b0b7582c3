import { randomBytes } from 'node:crypto'
import { type Received, type Receiver, startReceiver } from '../src/providers/testing/receiver.ts'
import { type SmtpReceiver, startSmtpReceiver } from '../src/providers/testing/smtp-receiver.ts'
import { partsOf, subjectOf } from './mail-text.ts'

export interface Catchers {
  mail: SmtpReceiver
  hooks: Receiver
  refusing: Refusing
  /** Signing secrets of the webhooks, by user id. */
  secrets: Record<string, string>
  close(): Promise<void>
}

/** Which of the two servers refuses everything, to show that the demo detects it. */
export type Refusing = 'mail' | 'webhook' | undefined

/** A local mail server and web server that store what they receive; the web server also shows the mails. */
export async function startCatchers(refusing: Refusing): Promise<Catchers> {
  const mail = await startSmtpReceiver()
  if (refusing === 'mail') mail.refuse('rcpt', '550 5.1.1 The demo was told to refuse mail')
  const hooks = await startReceiver(({ method, path }) => {
    if (method === 'GET') return showMails(mail, path)
    return refusing === 'webhook' ? { status: 400, body: 'the demo was told to refuse webhooks' } : 204
  })
  const secret = () => `whsec_${randomBytes(32).toString('base64')}`
  return {
    mail,
    hooks,
    refusing,
    secrets: { ana: secret(), chloe: secret() },
    async close() {
      await Promise.all([mail.close(), hooks.close()])
    },
  }
}

/** The accepted webhooks; without a person's page views, and empty while the server refuses. */
export const webhooksOf = ({ hooks, refusing }: Catchers): Received[] =>
  refusing === 'webhook' ? [] : hooks.requests.filter(({ method }) => method === 'POST')

const HTML = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; img-src data:" }

/** `/mails` lists them, `/mails/1` shows the first one like a mail program. */
function showMails({ mails }: SmtpReceiver, path: string) {
  const one = mails[Number(/^\/mails\/(\d+)$/.exec(path)?.[1]) - 1]
  if (one !== undefined) return { headers: HTML, body: partsOf(one.raw).html }
  if (path !== '/mails') return 404
  const rows = mails.map((each, i) => `<li><a href="/mails/${i + 1}">${escapeHtml(subjectOf(each))}</a> to ${escapeHtml(each.to.join(', '))}</li>`)
  return { headers: HTML, body: `<!doctype html><meta charset="utf-8"><title>Mails of the demo</title><h1>Mails of the demo</h1><ol>${rows.join('')}</ol>` }
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escapeHtml = (text: string): string => text.replace(/[&<>"]/g, (char) => ENTITIES[char] ?? char)
