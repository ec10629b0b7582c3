/** Browsers and phones on which one person can be told something: enough for anybody, few enough that nobody makes the hub call thousands. */
export const MAX_DEVICES = 20
