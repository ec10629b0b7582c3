import { domainToASCII } from 'node:url'
import addressparser from 'nodemailer/lib/addressparser'
import { type Static, Type } from 'typebox'
import { counted } from '../../domain/counted.ts'
import type { Message } from '../../domain/message.ts'
import { quoted } from '../../domain/quoted.ts'
import type { AppriseUrl } from './apprise-url.ts'
import type { Problem } from './contract.ts'
import { DeliveryError } from './delivery-error.ts'
import { email, text } from './fields.ts'
import { hostOfContact, outsideAdvice } from './named-outside.ts'
import { oneLine, truncate } from './truncate.ts'

/** The mail destination of one person. */
export const personalMail = Type.Object({
  address: email({ title: 'E-mail address' }),
  name: Type.Optional(text({ title: 'Name', maxLength: 128 })),
})

const addresses = (title: string, more: object = {}) =>
  Type.Optional(Type.Array(email({ title: 'E-mail address' }), { title, maxItems: 1000, default: [], 'x-widget': 'tags', ...more }))

/** The recipients of a shared connection: one mail for all, at least one recipient in total. */
export const sharedMail = Type.Object({
  to: addresses('To'),
  cc: addresses('Copy to', { description: 'All recipients see these addresses.', 'x-advanced': true }),
  bcc: addresses('Blind copy to', { description: 'Recipients do not see these addresses.', 'x-advanced': true }),
})

export type MailDestination = Static<typeof personalMail> | Static<typeof sharedMail>

/** Settings of every mail provider. */
export const senderSettings = {
  from: text({ title: 'Sender', description: 'An address, or a name and an address: Example <hello@example.com>', maxLength: 320 }),
  replyTo: Type.Optional(email({ title: 'Reply-to address', 'x-advanced': true })),
}

export interface Mailbox {
  /** One line; empty when there is none. */
  name: string
  address: string
}

export interface Recipients {
  to: Mailbox[]
  cc: Mailbox[]
  bcc: Mailbox[]
}

/** The recipients, each mailbox once. Throws `unreachable` when there is none, or one is not a single mail address. */
export function recipientsOf(destination: MailDestination): Recipients {
  const seen = new Set<string>()
  const fresh = (mailbox: Mailbox): Mailbox[] => {
    if (!isPlainAddress(mailbox.address)) throw new DeliveryError('unreachable', 'This is not one mail address', { code: 'destination' })
    return seen.size < seen.add(foldAddress(mailbox.address)).size ? [mailbox] : []
  }
  if ('address' in destination) return { to: fresh({ name: oneLine(destination.name ?? ''), address: destination.address }), cc: [], bcc: [] }
  const { to = [], cc = [], bcc = [] } = destination
  const all = (list: readonly string[]) => list.flatMap((address) => fresh({ name: '', address }))
  const recipients = { to: all(to), cc: all(cc), bcc: all(bcc) }
  if (seen.size === 0) throw new DeliveryError('unreachable', 'The mail has no recipient', { code: 'destination' })
  return recipients
}

/**
 * For vendors that take no address with letters beyond ASCII before its @ (no SMTPUTF8): throws before the vendor refuses with words that say
 * less. Domains are always written in ASCII.
 */
export function asciiOnly(vendor: string, sender: Mailbox, recipients: Recipients): Recipients {
  const wrong = [...recipients.to, ...recipients.cc, ...recipients.bcc].find(({ address }) => !isAscii(address))
  const why = `${vendor} takes no address with letters beyond ASCII before its @ (no SMTPUTF8)`
  if (!isAscii(sender.address)) throw new DeliveryError('misconfigured', `${why}: the sender`, { code: 'smtputf8', about: 'sender', field: '/settings/from' })
  if (wrong !== undefined) throw new DeliveryError('rejected', `${why}; give another address of this person`, { code: 'smtputf8', about: 'recipient' })
  return recipients
}

/** Whether an address can be sent without SMTPUTF8. */
export const isAscii = (address: string): boolean => /^[\u0021-\u007e]*$/.test(address.slice(0, address.lastIndexOf('@')))

/**
 * The same for vendors that require a `to`: copies become recipients; with several blind copies only, the mail is addressed to the sender,
 * because otherwise recipients would see each other. A single blind copy becomes the recipient.
 */
export function withVisibleRecipient(recipients: Recipients, sender: Mailbox): Recipients {
  const { to, cc, bcc } = recipients
  if (to.length > 0) return recipients
  if (cc.length > 0) return { to: cc, cc: [], bcc }
  if (bcc.length === 1) return { to: bcc, cc: [], bcc: [] }
  // Some servers refuse a recipient that is named twice.
  return { to: [sender], cc: [], bcc: bcc.filter(({ address }) => foldAddress(address) !== foldAddress(sender.address)) }
}

/** The sender in a connection's settings; null unless it is exactly one address. */
export function senderOf(from: string): Mailbox | null {
  const [sender, ...others] = addressparser(from, { flatten: true })
  return sender && others.length === 0 && isPlainAddress(sender.address) ? { name: oneLine(sender.name), address: sender.address } : null
}

/** The same at sending. Throws `misconfigured`. */
export function senderFor(provider: string, from: string): Mailbox {
  const sender = senderOf(from)
  if (!sender) throw new DeliveryError('misconfigured', `The sender of the ${provider} connection is not one mail address`, { code: 'settings' })
  return sender
}

/** `"Name" <address>` of RFC 5322, or the bare address; its domain in ASCII. */
export const mailboxText = ({ name, address }: Mailbox): string =>
  name === '' ? asciiAddress(address) : `"${name.replace(/["\\]/g, '\\$&')}" <${asciiAddress(address)}>`

/** Subject and bodies; vendors refuse a mail without a subject or a text. */
export function contentOf(message: Message): { subject: string; text: string; html?: string } {
  const subject = truncate(oneLine(message.title), 400) || message.event.type
  const html = message.html ?? message.body
  return { subject, text: message.text || subject, ...(html === '' ? {} : { html }) }
}

/**
 * The headers of automatic mail: RFC 3834, which Exchange does not know, and Exchange's own
 * (https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxcmail). Without the second one a
 * person's absence is answered to the hub.
 */
export const AUTOMATIC = { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' } as const

/** Headers of automatic mail, and of urgent mail. `List-Unsubscribe` is not set here. */
export const headersOf = (message: Message): Record<string, string> => ({
  ...AUTOMATIC,
  ...(message.priority === 'high' || message.priority === 'urgent' ? { 'X-Priority': '1 (Highest)', Importance: 'High' } : {}),
})

/** The same on every attempt, so that mail programs that check it show a duplicate once. */
export const messageIdOf = (deliveryId: string, sender: Mailbox): string => `<${deliveryId}@${domainOf(sender.address)}>`

/** Rules for sender and recipients that a schema cannot express; `most` is the vendor's maximum of recipients per mail. */
export function mailProblems(given: { settings?: { from: string }; destination?: MailDestination }, most: number): Problem[] {
  const { settings, destination } = given
  const problems: Problem[] = []
  if (settings && !senderOf(settings.from)) problems.push({ pointer: '/settings/from', message: 'must be one address, such as Example <hello@example.com>' })
  if (destination && 'address' in destination) {
    if (!isPlainAddress(destination.address)) problems.push({ pointer: '/destination/address', message: 'must be one mail address' })
  } else if (destination) problems.push(...listProblems(destination, most))
  return problems
}

function listProblems(destination: Static<typeof sharedMail>, most: number): Problem[] {
  const problems: Problem[] = []
  const seen = new Set<string>()
  for (const list of ['to', 'cc', 'bcc'] as const)
    for (const [i, address] of (destination[list] ?? []).entries()) {
      const pointer = `/destination/${list}/${i}`
      if (!isPlainAddress(address)) problems.push({ pointer, message: 'must be one mail address' })
      else if (seen.size === seen.add(foldAddress(address)).size) problems.push({ pointer, message: 'is named twice' })
    }
  if (seen.size === 0 && problems.length === 0) problems.push({ pointer: '/destination/to', message: 'needs an address, unless `cc` or `bcc` has one' })
  if (seen.size > most)
    problems.push({
      pointer: '/destination/to',
      message: `together with \`cc\` and \`bcc\` names ${counted(seen.size, 'address', 'addresses')}; at most ${most} are possible`,
    })
  return problems
}

/** Advice about the domain of the sender, which the servers of recipients look up. */
export const senderAdvice = ({ settings }: { settings?: { from: string } }): Problem[] =>
  outsideAdvice('/settings/from', settings && hostOfContact(senderOf(settings.from)?.address ?? ''), 'other mail servers will refuse the sender')

/** The normalised form of a destination, equal for all its spellings. */
export function sameMail(destination: MailDestination): string {
  if ('address' in destination) return foldAddress(destination.address)
  const { to = [], cc = [], bcc = [] } = destination
  return JSON.stringify([to, cc, bcc].map((list) => list.map(foldAddress).sort()))
}

/** Targets of an Apprise URL: one address makes a person's destination, several make a shared one. */
export function appriseMail(targets: string[], { query }: AppriseUrl): MailDestination | string {
  const listed = (name: string): string[] => (query.get(name) ?? '').split(/[\s,]+/).filter((address) => address !== '')
  const [to, cc, bcc] = [[...targets, ...listed('to')], listed('cc'), listed('bcc')]
  const wrong = [...to, ...cc, ...bcc].find((address) => !isPlainAddress(address))
  if (wrong !== undefined) return `${quoted(wrong)} is not a mail address`
  const [first, ...others] = to
  if (first !== undefined && others.length + cc.length + bcc.length === 0) return { address: first }
  return first === undefined && cc.length + bcc.length === 0 ? 'The URL names nobody to write to' : { to, cc, bcc }
}

const domainOf = (address: string): string => domainToASCII(address.slice(address.lastIndexOf('@') + 1)).toLowerCase()

/** The address with an ASCII domain; vendors accept no other. */
export const asciiAddress = (address: string): string => `${address.slice(0, address.lastIndexOf('@'))}@${domainOf(address)}`

// Case in the local part is significant in theory only (RFC 5321 2.4); in practice two spellings would notify one person twice.
const foldAddress = (address: string): string => asciiAddress(address).toLowerCase()

/** Exactly one mailbox; nothing that a mail library could read as two, or as a command. */
const isPlainAddress = (address: string): boolean =>
  /^[^\s\u0000-\u001f\u007f<>()[\]\\,;:"@]+@[^\s\u0000-\u001f\u007f<>()\\,;"@]+$/.test(address) && address.length <= 254
