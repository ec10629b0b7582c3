import { Type } from 'typebox'
import { defineProvider } from '../../apps/server/src/providers/kit/define-provider.ts'
import { secret, url } from '../../apps/server/src/providers/kit/fields.ts'
import { blame, statusError } from '../../apps/server/src/providers/kit/http-errors.ts'
import { member } from '../../apps/server/src/providers/kit/receipt.ts'
import { below, urlProblems, whereOf } from '../../apps/server/src/providers/kit/urls.ts'

const PRIORITY = { low: 2, medium: 5, high: 8, urgent: 10 } as const

/** Push through an own Gotify server. */
export const gotify = defineProvider({
  id: 'gotify',
  name: 'Gotify',
  channel: 'gotify',
  docs: 'https://gotify.net/docs/pushmsg',
  settings: Type.Object({ server: url({ title: 'Server', description: 'For example https://push.example.com' }) }),
  destination: Type.Object({ token: secret({ title: 'Application token', description: 'Apps > Create application.' }) }),
  capabilities: { format: 'markdown', body: 32_768, target: 'destination' },

  async send({ settings, destination, message, http, clock }) {
    const page = below(settings.server, '/message')
    const response = await http
      .request(page, {
        headers: { 'x-gotify-key': destination.token },
        json: { title: message.title, message: message.body, priority: PRIORITY[message.priority], extras: message.plain ? {} : EXTRAS },
        accept: [404],
      })
      .catch(blame)
    // The path is ours, so a missing page says that the server's address is wrong, not that this person is gone.
    if (response.status === 404) throw statusError(whereOf(page), response, clock(), 'misconfigured')
    const id = member(response.json(), 'id')
    return typeof id === 'number' ? { externalId: String(id) } : {}
  },

  check: ({ settings }) => urlProblems('/settings/server', settings?.server),
})

const EXTRAS = { 'client::display': { contentType: 'text/markdown' } }
