/** The id of a bare external address: `adr_` and the hash of the folded address. No user's id begins like this. */
const PREFIX = 'adr_'

export const addressId = (hash: string): string => `${PREFIX}${hash}`
/** Whether a recipient is a bare address. */
export const isAddressId = (recipient: string): boolean => recipient.startsWith(PREFIX)
export const hashOfAddressId = (id: string): string => id.slice(PREFIX.length)
