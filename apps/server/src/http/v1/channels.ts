import type { Channel } from '@carillon/client'
import { CarillonError } from '../../errors.ts'
import type { Provider } from '../../providers/kit/contract.ts'
import type { ChannelStore } from '../../storage/connections/channels.ts'
import { type App, byOf, found } from '../app.ts'
import { Key, PageOf, Strict } from './schemas/base.ts'
import * as schemas from './schemas/catalogue.ts'

/** The inbox is a channel of its own: it needs neither a connection nor an address. */
const IN_APP = 'in_app'

export interface ChannelParts {
  providers: readonly Provider[]
  channels: ChannelStore
  /** Channels that something serves now: an enabled personal connection, or the hub itself. */
  served(): ReadonlySet<string> | Promise<ReadonlySet<string>>
}

/** Every channel of this hub, whether it is switched on, and whether anything serves it. */
export async function listChannels({ providers, channels, ...parts }: ChannelParts): Promise<Channel[]> {
  const disabled = await channels.disabled()
  const served = await parts.served()
  return [IN_APP, ...new Set(providers.map(({ channel }) => channel))].map((channel) => ({
    channel,
    enabled: !disabled.has(channel),
    usable: channel === IN_APP || served.has(channel),
    needsDestination: channel !== IN_APP,
  }))
}

export function channelRoutes(app: App, parts: ChannelParts): void {
  const { providers, channels } = parts

  app.get('/v1/channels', { config: { scope: 'read' }, schema: { response: { 200: PageOf(schemas.Channel) } } }, async () => ({
    items: await listChannels(parts),
    nextCursor: null,
  }))

  app.put(
    '/v1/channels/:channel',
    { config: { scope: 'manage' }, schema: { params: Strict({ channel: Key }), body: schemas.ChannelInput, response: { 200: schemas.Channel } } },
    async (request) => {
      const { channel } = request.params
      if (channel !== IN_APP && !providers.some((provider) => provider.channel === channel)) throw new CarillonError('unknown_channel')
      await channels.put(channel, request.body.enabled, byOf(request))
      return found((await listChannels(parts)).find((one) => one.channel === channel))
    },
  )
}
