import type { Socket } from 'node:net'
import type SMTPConnection from 'nodemailer/lib/smtp-connection'
import { MINUTE } from '../../domain/time.ts'
import { library } from '../kit/library.ts'

type Options = NonNullable<ConstructorParameters<typeof SMTPConnection>[0]>
type Opened = { connection: Socket; name: string }

/** For so long an answer is believed: a server may be upgraded. */
const BELIEVED = 10 * MINUTE

/**
 * Whether the server offers SMTPUTF8 (RFC 6531), which an address with letters beyond ASCII before its @ needs. nodemailer sends such addresses
 * also to servers that do not offer it, which then refuse them with any words, or mangle them. One connection of its own asks; it sends nothing.
 */
export function createUtf8Question(options: Options, open: () => Promise<Opened>, now: () => number = Date.now): () => Promise<boolean> {
  let known: { at: number; answer: Promise<boolean> } | undefined
  return () => {
    if (known === undefined || now() - known.at > BELIEVED) {
      const answer = ask(options, open)
      known = { at: now(), answer }
      answer.catch(() => {
        known = undefined
      })
    }
    return known.answer
  }
}

async function ask(options: Options, open: () => Promise<Opened>): Promise<boolean> {
  const { default: Connection } = await library(() => import('nodemailer/lib/smtp-connection'))
  const connection = new Connection({ ...options, ...(await open()) })
  try {
    // The last reply before the sign-in is that to EHLO, also after STARTTLS.
    const offered = await new Promise<string>((resolve, reject) => {
      connection.once('error', reject)
      connection.once('end', () => reject(Object.assign(new Error('Connection closed'), { code: 'ECONNECTION' })))
      connection.connect((error) => (error ? reject(error) : resolve(String(connection.lastServerResponse))))
    })
    connection.on('error', () => {})
    return /^250[ -]SMTPUTF8\b/im.test(offered)
  } finally {
    connection.quit()
    connection.close()
  }
}
