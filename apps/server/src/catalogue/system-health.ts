import { defineEventType } from '@carillon/pack'

const text = { type: 'string', minLength: 1 }

/** The health of the hub and its connections. No recipient is named in these events: shared connections subscribe. */
export const healthEventTypes = [
  ...(['connection.blocked', 'connection.restored'] as const).map((key) =>
    defineEventType({
      key,
      name: key === 'connection.blocked' ? 'A connection keeps failing' : 'A connection works again',
      category: 'system',
      severity: key === 'connection.blocked' ? 'error' : 'success',
      tagFiltered: false,
      schema: {
        type: 'object',
        required: ['connection', 'name', 'provider'],
        properties: { connection: text, name: text, provider: text, error: { type: 'string' }, blockedUntil: { type: 'string' } },
        additionalProperties: false,
      },
      templates: {
        default: {
          title: key === 'connection.blocked' ? '{{ data.name }} keeps failing' : '{{ data.name }} works again',
          body:
            key === 'connection.blocked'
              ? 'Its messages wait until {{ data.blockedUntil }}; none is lost.\n\n{{ data.error }}'
              : 'Waiting messages are being delivered now.',
        },
      },
      sample: {
        connection: 'con_0',
        name: 'Office mail',
        provider: 'smtp',
        error: 'mail.example.com refused the connection',
        blockedUntil: '2026-01-01T08:00:00Z',
      },
    }),
  ),
  ...(['health.issue', 'health.restored'] as const).map((key) =>
    defineEventType({
      key,
      name: key === 'health.issue' ? 'The hub has a problem' : 'A problem is resolved',
      category: 'system',
      severity: key === 'health.issue' ? 'error' : 'success',
      tagFiltered: false,
      schema: {
        type: 'object',
        required: ['source', 'level', 'message'],
        properties: { source: text, level: { enum: ['warning', 'error'] }, message: text, wikiUrl: text },
        additionalProperties: false,
      },
      templates: {
        default: {
          title: key === 'health.issue' ? '{{ instance.name }} has a problem' : '{{ instance.name }}: a problem is resolved',
          body: '{{ data.message }}{% if data.wikiUrl %}\n\n{{ data.wikiUrl }}{% endif %}',
        },
      },
      sample: { source: 'connections.email', level: 'error', message: 'Nothing is delivered on channel email: every connection keeps failing (Office mail)' },
    }),
  ),
]
