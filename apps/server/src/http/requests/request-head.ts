import type { IncomingMessage } from 'node:http'
import { CarillonError } from '../../errors.ts'
import { repeatedHeader } from './single-headers.ts'

/** What is wrong with the request line and the headers, whatever the route: checked before anything else reads them. */
export function refusedHead(request: Pick<IncomingMessage, 'headers' | 'rawHeaders' | 'httpVersion' | 'url'>): CarillonError | undefined {
  return badTarget(request.url ?? '') ?? badHost(request) ?? repeatedHeader(request) ?? badBody(request)
}

const malformed = (pointer: string, message: string) =>
  new CarillonError('invalid_request', {
    detail: `${pointer.startsWith('/header/') ? `The header ${pointer.slice(8)}` : 'The URL'} ${message}.`,
    errors: [{ pointer, message }],
  })

/** As in a body: no valid path contains one, and PostgreSQL would fail where SQLite finds nothing. Other bytes than ASCII are refused by the parser. */
function badTarget(url: string): CarillonError | undefined {
  const at = url.indexOf('%00')
  if (at === -1) return undefined
  const query = url.indexOf('?')
  return malformed(query !== -1 && at > query ? '/query' : '/path', 'contains a NUL character')
}

/** RFC 9112, 3.2. Node’s own check is switched off, because its answer is not ours. */
const badHost = ({ httpVersion, headers }: Pick<IncomingMessage, 'httpVersion' | 'headers'>): CarillonError | undefined =>
  headers.host === undefined && httpVersion === '1.1' ? malformed('/header/host', 'is required by HTTP/1.1') : undefined

const unsupported = (header: string, message: string) =>
  new CarillonError('unsupported_media_type', { detail: `The header ${header} ${message}.`, errors: [{ pointer: `/header/${header}`, message }] })

/** Bodies are UTF-8 as they are: nothing is decompressed or converted, and nothing that is not UTF-8 is read as if it were. */
function badBody({ headers }: Pick<IncomingMessage, 'headers'>): CarillonError | undefined {
  const coding = headers['transfer-encoding']
  if (coding !== undefined && coding.trim().toLowerCase() !== 'chunked') return unsupported('transfer-encoding', 'must be chunked, or left out')
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding.trim().toLowerCase() !== 'identity')
    return unsupported('content-encoding', 'must be left out: send the body as it is, not compressed')
  const type = headers['content-type']
  if (type?.includes(';'))
    for (const [, charset = ''] of type.matchAll(/;\s*charset\s*=\s*"?([^";]*)/gi))
      if (!/^\s*utf-?8\s*$/i.test(charset)) return unsupported('content-type', 'must have the charset utf-8, or none')
  return undefined
}
