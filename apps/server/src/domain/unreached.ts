/**
 * What a person reads about an address that they named and that failed before it answered. The same words for every cause, so that nobody
 * learns from their own destination which address of the hub's network has which port open.
 */
export const UNREACHED = 'could not be reached'
