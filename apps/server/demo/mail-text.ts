import type { ReceivedMail } from '../src/providers/testing/smtp-receiver.ts'

/** The decoded subject: encoded words (RFC 2047), without the space between two of them. */
export const subjectOf = ({ headers }: ReceivedMail): string =>
  (headers['subject'] ?? '')
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, encoding: string, text: string) =>
      encoding.toLowerCase() === 'b' ? Buffer.from(text, 'base64').toString() : unquoted(text.replaceAll('_', ' ')),
    )

/** Plain text and HTML of a multipart mail (RFC 2046), decoded. */
export function partsOf(raw: string): { text: string; html: string } {
  const boundary = /boundary="([^"]+)"/.exec(raw)?.[1]
  const parts = { text: '', html: '' }
  for (const part of boundary === undefined ? [] : raw.split(`--${boundary}`)) {
    const end = part.indexOf('\r\n\r\n')
    const head = part.slice(0, end).toLowerCase()
    const body = decoded(part.slice(end + 4), head)
    if (head.includes('content-type: text/plain')) parts.text = body
    else if (head.includes('content-type: text/html')) parts.html = body
  }
  return parts
}

function decoded(body: string, head: string): string {
  if (head.includes('transfer-encoding: base64')) return Buffer.from(body, 'base64').toString()
  if (head.includes('transfer-encoding: quoted-printable')) return unquoted(body.replace(/=\r\n/g, ''))
  return body
}

const unquoted = (text: string): string =>
  Buffer.from(
    text.replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString()
