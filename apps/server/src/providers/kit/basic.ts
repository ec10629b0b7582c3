/** The Authorization header for a user name and a password (RFC 7617). */
export const basic = (user = '', password = ''): string => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
