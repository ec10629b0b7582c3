import type { Lookup } from '../lookups.ts'

/** A resolver for which every name has these addresses. */
export const resolvingTo =
  (...addresses: string[]): Lookup =>
  (_host, done) =>
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
