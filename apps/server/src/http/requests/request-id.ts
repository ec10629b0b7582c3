const start = `req_${Date.now().toString(36)}${Math.floor(Math.random() * 36 ** 4).toString(36)}_`
let n = 0

/** Unique across restarts and cheap to generate. */
export const newRequestId = (): string => start + (n++).toString(36)
