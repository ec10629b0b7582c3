/**
 * Events that are sent end to end to a new hub before it is measured. Measured: the first ten thousand cost a third more processor time than later ones,
 * because code is still being compiled.
 */
export const WARM = 10_000
