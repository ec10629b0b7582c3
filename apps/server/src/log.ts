import { pino } from 'pino'
import type { Config } from './config.ts'
import { MASK } from './domain/secret-fields.ts'

export type Log = ReturnType<typeof createLog>

/** Field names whose values are masked in the log, at any depth up to three. */
const SECRET_FIELDS = ['authorization', 'cookie', 'password', 'secret', 'token', 'settings', 'destination', 'webhookUrl', 'bearer', 'code']
/** Secrets recognised by their shape: our keys, webhook secrets, bearer values, user info in URLs. */
const SECRET_TEXT = /(ck_[0-9A-Za-z]{8}_)[0-9A-Za-z]+|(whsec_)[A-Za-z0-9+/=]+|((?:Bearer|Basic)\s+)[\w.~+/=-]+|(:\/\/)[^/\s:@]+:[^/\s@]+@/g

const scrub = (text: string): string =>
  text.replace(SECRET_TEXT, (_, ...groups) => `${groups.slice(0, 4).find((group) => typeof group === 'string') ?? ''}${MASK}`)

/** Structured lines on standard output, redacted. */
export function createLog(level: Config['logLevel'], destination?: { write(line: string): void }) {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]), censor: MASK },
    hooks: {
      logMethod(this: unknown, args: unknown[], method: (...args: never[]) => void) {
        method.apply(this as never, args.map((arg) => (typeof arg === 'string' ? scrub(arg) : arg)) as never[])
      },
    },
    serializers: {
      err: (error: unknown) =>
        error instanceof Error ? { type: error.name, message: scrub(error.message), stack: scrub(error.stack ?? '') } : { message: scrub(String(error)) },
    },
  }
  return destination === undefined ? pino(options) : pino(options, destination)
}
