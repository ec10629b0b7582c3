import type { SwaggerOptions } from '@fastify/swagger'
import { accessOf, SECURITY_SCHEMES, securityOf } from './access.ts'
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
    components: { securitySchemes: SECURITY_SCHEMES },
  },
  refResolver: { buildLocalReference: (json, _base, _fragment, i) => (typeof json['$id'] === 'string' ? json['$id'] : `def-${i}`) },
  transform: ({ schema, url, route: { config } }) => ({
    url,
    schema: {
      ...schema,
      // The WebSocket plugin hides its routes.
      ...(url === '/v1/inbox/ws' ? { hide: false } : {}),
      security: securityOf(accessOf(url, config)),
      response: { ...(typeof schema?.response === 'object' ? schema.response : {}), default: Problem },
    },
  }),
}
