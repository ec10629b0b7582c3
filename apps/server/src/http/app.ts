import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify'
import type { Rows, Slice } from '../domain/page.ts'

/** Fastify's type for the routes: their schemas type the handlers. */
export type App = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, TypeBoxTypeProvider>

const DEFAULT_LIMIT = 50

/** The slice that is asked for; requests/cursors.ts has opened the cursor, which is the last key of the previous page. */
export const sliceOf = ({ limit, cursor }: { limit?: number; cursor?: string }): Slice => ({ limit: limit ?? DEFAULT_LIMIT, after: cursor ?? null })

/** A page as it is answered; requests/cursors.ts seals `nextCursor`. */
export const pageOf = <Row, Item>({ rows, next }: Rows<Row>, present: (row: Row) => Item): { items: Item[]; nextCursor: string | null } => ({
  items: rows.map(present),
  nextCursor: next,
})
