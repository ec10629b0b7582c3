import type { Outcome } from '../delivery/outcome.ts'

/** Whether the destination itself worked; null when the attempt says nothing about it, such as when the mail server was down. */
export function workedFor(destination: string, { health, state }: Outcome): boolean | null {
  const own = health.findLast(({ target }) => target === destination)
  return own === undefined ? (state === 'sent' ? true : null) : own.error === null
}
