/**
 * A message of a hub may become an event of the next hub. Each request to an address that anybody may choose says in this header how many hubs the
 * event has passed, and a hub takes it only up to `MOST_HOPS`: two hubs that report to each other stop.
 */
export const HOPS_HEADER = 'carillon-hops'
export const MOST_HOPS = 8
