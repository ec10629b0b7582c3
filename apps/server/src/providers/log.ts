import { Type } from 'typebox'
import { defineProvider } from './kit/define-provider.ts'
import { DeliveryError } from './kit/delivery-error.ts'

/** Writes messages to the hub's log: a separate channel for development, while other channels stay real. */
export const log = defineProvider({
  local: true,
  id: 'log',
  name: 'Log',
  channel: 'log',
  inMain: true,
  docs: 'https://getpino.io/',
  settings: Type.Object({}),
  destination: Type.Object({}),
  capabilities: { format: 'text', body: 4096, target: 'connection' },

  send({ message, delivery, logLine }) {
    if (!logLine) return Promise.reject(new DeliveryError('misconfigured', 'No log is available here', { code: 'no_log' }))
    const { event, title, body, url, severity, priority } = message
    logLine({ delivery: delivery.id, event: event.id, type: event.type, user: event.user?.id, severity, priority, title, text: body, url })
    return Promise.resolve({})
  },
})
