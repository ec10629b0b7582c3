import { dirname } from 'node:path'
import { codeOf, StartError } from '../domain/start-error.ts'

/** Where a PostgreSQL URL leads, without its password. */
interface Target {
  host: string
  user: string
  database: string
  /** The server's or the driver's own words. */
  words: string
}

const URL_NAME = 'CARILLON_DATABASE_URL'
const tls = ({ host, words }: Target): string =>
  `${URL_NAME}: the certificate of ${host} is not accepted (${words}). Name its authority (?sslmode=verify-full&sslrootcert=<file>), or correct the host.`

const locked = ({ host, words }: Target): string =>
  `${URL_NAME}: ${host} did not finish a statement of the start in time (${words}). Perhaps somebody locks a table: look at pg_stat_activity, then start the hub again.`
const ended = ({ host }: Target): string =>
  `${URL_NAME}: ${host} ended the connection during the start: it was stopped, or an administrator ended the session. Start the hub again when PostgreSQL runs.`

/** By SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html) or the code of the socket, of DNS or of TLS. */
const POSTGRES: Readonly<Record<string, (target: Target) => string>> = {
  ECONNREFUSED: ({ host }) => `${URL_NAME}: nothing listens at ${host} (connection refused). Start PostgreSQL, or correct host and port.`,
  ENOTFOUND: ({ host }) => `${URL_NAME}: the host of ${host} cannot be found. Correct its name.`,
  EAI_AGAIN: ({ host }) => `${URL_NAME}: the host of ${host} could not be looked up, because the resolver does not answer. Try again, or use an address.`,
  ETIMEDOUT: ({ host }) => `${URL_NAME}: ${host} does not answer in time. Check the address and the firewall between.`,
  EHOSTUNREACH: ({ host }) => `${URL_NAME}: there is no way to ${host} (host unreachable). Check the address and the network.`,
  ENETUNREACH: ({ host }) => `${URL_NAME}: there is no way to ${host} (network unreachable). Check the address and the network.`,
  ECONNRESET: ({ host }) => `${URL_NAME}: ${host} ended the connection at once. Check that PostgreSQL listens there, and not another service.`,
  '28P01': ({ host, user }) =>
    `${URL_NAME}: ${host} refuses the password of user "${user}". Correct user and password; write special characters percent-encoded.`,
  '28000': ({ host, user, words }) => `${URL_NAME}: ${host} does not let user "${user}" in: ${words}. Correct the user, or allow it in pg_hba.conf.`,
  '3D000': ({ host, user, database }) =>
    `${URL_NAME}: ${host} has no database "${database}". Create it (\`createdb -h <host> -O ${user} ${database}\`), or correct the name.`,
  '42501': ({ user, database, words }) =>
    `${URL_NAME}: user "${user}" lacks a right in database "${database}": ${words}. Make it the owner: alter database "${database}" owner to "${user}".`,
  '53300': ({ host }) => `${URL_NAME}: ${host} has too many connections. Raise its max_connections, or end others.`,
  '53100': ({ host }) => `${URL_NAME}: the disk of ${host} is full. Free space there, then start the hub again.`,
  '55P03': locked,
  '57014': locked,
  '57P01': ended,
  '57P02': ended,
  '57P03': ({ host }) => `${URL_NAME}: PostgreSQL at ${host} is still starting or is recovering. Start the hub again when it is ready.`,
  '25006': ({ host }) => `${URL_NAME}: ${host} is a read-only standby. Name the primary.`,
  DEPTH_ZERO_SELF_SIGNED_CERT: tls,
  SELF_SIGNED_CERT_IN_CHAIN: tls,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: tls,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: tls,
  CERT_HAS_EXPIRED: tls,
  ERR_TLS_CERT_ALTNAME_INVALID: tls,
  ENOENT: ({ words }) => `${URL_NAME}: a file that it names cannot be read: ${words}. Correct sslrootcert, sslcert or sslkey.`,
}

/** Errors of pg that have no code. */
const WORDS: readonly [words: RegExp, sentence: (target: Target) => string][] = [
  [/does not support SSL/, ({ host }) => `${URL_NAME}: ${host} offers no TLS. Leave sslmode out, or switch TLS on at the server.`],
  [
    /password must be a (?:non-empty )?string/i,
    ({ host, user }) => `${URL_NAME}: ${host} wants a password of user "${user}", and there is none. Write postgres://user:password@…`,
  ],
  [/timeout/i, ({ host }) => `${URL_NAME}: ${host} does not answer in time. Check the address and the firewall between.`],
  [/^Connection terminated/, ({ host }) => `${URL_NAME}: ${host} ended the connection at once. Check that PostgreSQL listens there, and not another service.`],
]

/** Why PostgreSQL cannot be opened, for whoever started the program. Any other error is returned as it is. */
export function postgresOpenError(error: unknown, url: string): unknown {
  const words = rootMessage(error)
  const target = { ...targetOf(url), words }
  const sentence = POSTGRES[codeOf(error)] ?? WORDS.find(([text]) => text.test(words))?.[1]
  return sentence === undefined ? error : new StartError(sentence(target), error)
}

function targetOf(text: string): Omit<Target, 'words'> {
  const url = URL.parse(text)
  if (url === null) return { host: 'its host', user: '', database: '' }
  const user = decoded(url.username) || 'of the environment'
  return { host: `${url.hostname || 'localhost'}:${url.port || 5432}`, user, database: decoded(url.pathname.slice(1)) || user }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function rootMessage(error: unknown): string {
  let link = error
  for (let depth = 0; depth < 8 && link instanceof Error && link.cause instanceof Error; depth++) link = link.cause
  return link instanceof Error ? link.message : String(link)
}

const REMEDY = 'CARILLON_DATA_DIR or CARILLON_DATABASE_URL'

/** Why a file or folder cannot be used, by its error code: https://man7.org/linux/man-pages/man3/errno.3.html */
const FILES: Readonly<Record<string, string>> = {
  ENOTDIR: 'a part of its path is a file and not a folder',
  EEXIST: 'a part of its path is a file and not a folder',
  EISDIR: 'it is a folder and not a file',
  EACCES: 'this user has no right to it',
  EPERM: 'this user has no right to it',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of this user is used up',
  EMFILE: 'too many files are open',
  ENAMETOOLONG: 'its name is too long',
  ELOOP: 'its symbolic links lead in a circle',
  EIO: 'the disk reports an error',
}

/** The same for a file or folder; null for an error that is none of the file system. */
export function fileTrouble(error: unknown): string | null {
  return FILES[codeOf(error)] ?? null
}

/** By primary result code of SQLite: https://www.sqlite.org/rescode.html */
const SQLITE: Readonly<Record<number, string>> = {
  5: 'another process has locked it',
  8: 'it, or its folder, is read-only for this user',
  10: 'the disk reports an error',
  11: 'it is damaged: restore a backup',
  13: 'the disk is full',
  14: 'this user cannot open it, or create files beside it',
  26: 'it is no SQLite database, or its head is damaged',
}

/** Why an SQLite file cannot be opened, for whoever started the program. Any other error is returned as it is. */
export function sqliteOpenError(error: unknown, file: string): unknown {
  const why = SQLITE[resultCode(error)] ?? fileTrouble(error)
  if (why === null || why === undefined) return error
  return new StartError(`The database ${file} cannot be opened: ${why}. Free or mend ${dirname(file)}, or set ${REMEDY} to another place.`, error)
}

function resultCode(error: unknown): number {
  for (let link = error, depth = 0; link instanceof Error && depth < 8; link = link.cause, depth++)
    if ('errcode' in link && typeof link.errcode === 'number') return link.errcode & 0xff
  return 0
}
