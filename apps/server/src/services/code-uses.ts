import type { ReachedAddress } from '../connections/reached.ts'
import type { Use } from '../domain/uses.ts'

export interface Asked {
  userId: string
  /** The network of the caller; null when it is unknown or says nothing. */
  network: string | null
  /** Each place that gets a code: the addresses that it reaches, and its field in the form. */
  places: readonly { addresses: readonly ReachedAddress[]; pointer: string }[]
}

/**
 * What the confirmation codes of one saved destination use up, one for each place that is not confirmed: counted for the person, for every address,
 * and for the network of the caller.
 */
export function codeUses({ userId, network, places }: Asked): Use[] {
  const times = places.length
  const reached = new Map<string, Use & { times: number }>()
  for (const { addresses, pointer } of places)
    for (const { mailbox: of } of addresses) reached.set(of, { limit: 'code.address', of, pointer, times: (reached.get(of)?.times ?? 0) + 1 })
  return [{ limit: 'code.user', of: userId, times }, ...reached.values(), ...(network === null ? [] : [{ limit: 'code.network' as const, of: network, times }])]
}
