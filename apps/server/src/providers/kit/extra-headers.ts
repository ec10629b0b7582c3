import { Type } from 'typebox'
import type { Problem } from './contract.ts'

/** Custom headers of the operator or receiver; their values are secrets. */
export const extraHeaders = () =>
  Type.Record(Type.String(), Type.String({ maxLength: 4096, pattern: '^[^\\u0000-\\u0008\\u000a-\\u001f\\u007f]*$' }), {
    title: 'Extra headers',
    description: 'Sent with every request; their values are encrypted.',
    maxProperties: 20,
    'x-widget': 'headers',
    'x-secret': true,
    'x-advanced': true,
  })

/** Headers that frame the message, control the connection or carry the signature: setting them would allow smuggling or forgery. */
const FORBIDDEN =
  /^(host|content-length|content-type|transfer-encoding|connection|keep-alive|upgrade|te|trailer|expect|accept-encoding|user-agent|proxy-.*|webhook-.*|carillon-hops)$/i

/** Names in lower case; forbidden headers are omitted. */
export const allowedHeaders = (headers: Record<string, string> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (FORBIDDEN.test(name) ? [] : [[name.toLowerCase(), value]])))

/** `pointer` is the JSON pointer of the headers field. */
export function headerProblems(pointer: string, headers: Record<string, string> = {}): Problem[] {
  const problems: Problem[] = []
  for (const [name, value] of Object.entries(headers)) {
    const at = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
    if (!/^[!#$%&'*+.^_`|~0-9a-z-]{1,256}$/i.test(name)) problems.push({ pointer: at, message: 'is not a header name' })
    else if (FORBIDDEN.test(name)) problems.push({ pointer: at, message: 'is set by Carillon and cannot be replaced' })
    // RFC 9110 5.5: characters beyond Latin-1 cannot be sent, and every message would fail.
    else if (/[^\u0000-\u00ff]/.test(value)) problems.push({ pointer: at, message: 'contains a character that a header cannot carry' })
  }
  return problems
}
