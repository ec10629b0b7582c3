import type { Channel } from '@carillon/client'
import { type Asker, byOf } from '../domain/caller.ts'
import { didYouMean } from '../domain/nearest.ts'
import { CarillonError, found, invalidField } from '../errors.ts'
import type { Provider } from '../providers/kit/contract.ts'
import type { ChannelStore } from '../storage/connections/channels.ts'
import { needs } from './needs.ts'

/** The inbox is a channel of its own: it needs neither a connection nor an address. */
const IN_APP = 'in_app'

export interface ChannelServiceParts {
  providers: readonly Pick<Provider, 'channel'>[]
  store: ChannelStore
  /** Channels that can deliver now: by an enabled personal connection, or by the hub itself. */
  served(): ReadonlySet<string>
}

export function createChannelService({ providers, store, served }: ChannelServiceParts) {
  const names = [IN_APP, ...new Set(providers.map(({ channel }) => channel))]

  /** Every channel of this hub, whether it is switched on, and whether it can deliver now. */
  async function list(): Promise<Channel[]> {
    const disabled = await store.disabled()
    const now = served()
    return names.map((channel) => ({
      channel,
      enabled: !disabled.has(channel),
      usable: channel === IN_APP || now.has(channel),
      needsDestination: channel !== IN_APP,
    }))
  }

  return {
    list,
    names,
    /** Switches a channel for everyone. The inbox stays on: every notification leaves an entry there. */
    put: needs('manage')(async (who: Asker, channel: string, enabled: boolean): Promise<Channel> => {
      if (!names.includes(channel))
        throw new CarillonError('unknown_channel', { errors: [{ pointer: '/path/channel', message: `is not a known channel${didYouMean(channel, names)}` }] })
      if (channel === IN_APP && !enabled)
        throw invalidField(
          '/enabled',
          'must be true: the inbox is on for everybody. People switch its cells (PUT /v1/me/routing), and an event type leaves it out with "channels": {"in_app": false}',
        )
      await store.put(channel, enabled, byOf(who))
      return found((await list()).find((one) => one.channel === channel))
    }),
  }
}

export type ChannelService = ReturnType<typeof createChannelService>
