/**
 * A start that failed for a reason outside the program. The message is the whole answer for whoever started it: the variable or path, the fault, and
 * the remedy, without any secret.
 */
export class StartError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'StartError'
  }
}

/** The first error code in a chain of causes (`EACCES`, an SQLSTATE); empty when there is none. */
export function codeOf(error: unknown): string {
  for (let link = error, depth = 0; link instanceof Error && depth < 8; link = link.cause, depth++) {
    if ('code' in link && typeof link.code === 'string') return link.code
    // Several addresses of a name were tried: https://nodejs.org/api/net.html#netgetdefaultautoselectfamily
    if (link instanceof AggregateError && link.errors.length > 0) return codeOf(link.errors[0])
  }
  return ''
}
