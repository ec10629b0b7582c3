import type { SwaggerOptions } from '@fastify/swagger'
import { PUBLIC_ROUTES } from './auth.ts'
import { Problem } from './v1/schemas/words.ts'

/** OpenAPI 3.1, generated from the schemas that validate requests, so it cannot differ from the hub's behaviour. */
export const openapi: SwaggerOptions = {
  openapi: {
    openapi: '3.1.1',
    info: {
      title: 'Carillon',
      version: '1',
      description: 'A notification hub: report what happened; it decides who is notified and where, delivers it, and can explain why.',
    },
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: 'An API key (`ck_…`) or a user token.' } },
    },
    security: [{ bearer: [] }],
  },
  refResolver: { buildLocalReference: (json, _base, _fragment, i) => (typeof json['$id'] === 'string' ? json['$id'] : `def-${i}`) },
  transform: ({ schema, url }) => ({
    url,
    schema: {
      ...schema,
      // The WebSocket plugin hides its routes.
      ...(url === '/v1/inbox/ws' ? { hide: false } : {}),
      ...(PUBLIC_ROUTES.has(url) ? { security: [] } : {}),
      response: { ...(typeof schema?.response === 'object' ? schema.response : {}), default: Problem },
    },
  }),
}
