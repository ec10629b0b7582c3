import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify'
import type { Rows, Slice } from '../domain/page.ts'
import { CarillonError } from '../errors.ts'

/** Fastify's type for the routes: their schemas type the handlers. */
export type App = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, TypeBoxTypeProvider>

const DEFAULT_LIMIT = 50

/** The position of the next page: the cursor is the last key of the previous page, opaque to callers. */
export function sliceOf({ limit, cursor }: { limit?: number; cursor?: string }): Slice {
  return { limit: limit ?? DEFAULT_LIMIT, after: cursor === undefined ? null : decodeCursor(cursor) }
}

export function pageOf<Row, Item>({ rows, next }: Rows<Row>, present: (row: Row) => Item): { items: Item[]; nextCursor: string | null } {
  return { items: rows.map(present), nextCursor: next === null ? null : Buffer.from(next).toString('base64url') }
}

function decodeCursor(cursor: string): string {
  const text = Buffer.from(cursor, 'base64url').toString()
  // A NUL, as in a body: PostgreSQL would fail where SQLite finds nothing.
  if (text === '' || text.includes('\0') || Buffer.from(text).toString('base64url') !== cursor)
    throw new CarillonError('invalid_field', { errors: [{ pointer: '/query/cursor', message: 'is not a cursor of this list' }] })
  return text
}
