/**
 * How many things one person may have at a time: more than a person needs, and few enough that nobody can fill the hub or make it call
 * thousands. How often they may do something is in `uses.ts`.
 */
export const BOUNDS = {
  /** Browsers and phones. */
  devices: 20,
  /** Topics that they joined themselves; an application may subscribe them to more. */
  topics: 500,
  /** Places of one destination that is a list. */
  places: 10,
  /** Streams that are open at once on one node. */
  streams: 50,
} as const
