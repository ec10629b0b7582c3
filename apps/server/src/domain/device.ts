/** Browsers and phones of one person: more than a person needs, and few enough that one person cannot make the hub call thousands. */
export const MAX_DEVICES = 20
