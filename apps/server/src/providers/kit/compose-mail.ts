import type { SendMailOptions } from 'nodemailer'
import type { Priority } from '../../domain/event-type.ts'
import type { Message } from '../../domain/message.ts'
import { onDemand } from '../../domain/on-demand.ts'
import type { DeliveryIdentity } from './contract.ts'
import { library } from './library.ts'
import { AUTOMATIC, contentOf, type Mailbox, messageIdOf, type Recipients } from './mail.ts'

/** A mail as nodemailer takes it; the same for every way on which a whole mail is sent. */
export interface Mail extends SendMailOptions {
  from: Mailbox
  messageId: string
}

export interface MailParts {
  from: Mailbox
  replyTo?: string | undefined
  recipients: Recipients
  message: Message
  delivery: Pick<DeliveryIdentity, 'id' | 'createdAt'>
}

/** Headers and bodies of a mail. Blind copies are in `bcc`, which only `mimeOf` writes as a header. */
export function composeMail({ from, replyTo, recipients: { to, cc, bcc }, message, delivery }: MailParts): Mail {
  return {
    from,
    ...(to.length === 0 ? {} : { to }),
    ...(cc.length === 0 ? {} : { cc }),
    ...(bcc.length === 0 ? {} : { bcc }),
    ...(replyTo === undefined ? {} : { replyTo }),
    ...contentOf(message),
    messageId: messageIdOf(delivery.id, from),
    date: new Date(delivery.createdAt),
    priority: PRIORITY[message.priority],
    headers: AUTOMATIC,
  }
}

const PRIORITY: Record<Priority, 'low' | 'normal' | 'high'> = { low: 'low', medium: 'normal', high: 'high', urgent: 'high' }

/** Loaded on demand: most hubs send their mail in another way. Lines end as RFC 5322 2.3 says. Nothing is sent. */
const writer = onDemand(async () => {
  const { createTransport } = await library(() => import('nodemailer'))
  return createTransport({ streamTransport: true, buffer: true, newline: 'windows', disableFileAccess: true, disableUrlAccess: true })
})

/** The whole mail as a MIME text (RFC 5322, 2045), for vendors that send it as it is. Blind copies are in its `Bcc` header, which they remove. */
export async function mimeOf(mail: Mail): Promise<Buffer> {
  const { message } = await (await writer.get()).sendMail(mail)
  if (!Buffer.isBuffer(message)) throw new Error('the mail was not written into a buffer')
  return message
}
