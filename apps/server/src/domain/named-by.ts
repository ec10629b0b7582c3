/**
 * Who named an address, and with it the list of exceptions of the outbound guard: `application` = a connection, an event type or a key
 * (`CARILLON_OUTBOUND_ALLOW`); `person` = somebody with a user token (`CARILLON_OUTBOUND_ALLOW_USERS`).
 */
export type NamedBy = 'application' | 'person'
