import type { LookupAddress } from 'node:dns'
import { MINUTE } from '../domain/time.ts'

/** Resolves all addresses of a name; it may take for ever, and cannot be cancelled. */
export type Lookup = (host: string, done: (error: Error | null, addresses: LookupAddress[]) => void) => void

type Waiter = (error: Error | null, addresses: LookupAddress[]) => void

/** A question that is open for this long is asked again: its resolver has lost it. */
const LOST = MINUTE

/**
 * Asks the resolver once for all who want the same name now. Nobody waits longer than their signal allows, and who has stopped waiting is
 * forgotten, so a resolver that hangs costs one open question per name, however many attempts are made.
 */
export function createLookups(lookup: Lookup): (host: string, signal: AbortSignal) => Promise<LookupAddress[]> {
  const open = new Map<string, { askedAt: number; waiting: Set<Waiter> }>()

  function ask(host: string): Set<Waiter> {
    const known = open.get(host)
    if (known !== undefined && performance.now() - known.askedAt < LOST) return known.waiting
    const question = { askedAt: performance.now(), waiting: new Set<Waiter>() }
    open.set(host, question)
    // In a turn of its own: whoever asked is then among those who wait, also for a resolver that answers at once.
    queueMicrotask(() =>
      lookup(host, (error, addresses) => {
        if (open.get(host) === question) open.delete(host)
        for (const waiter of question.waiting) waiter(error, addresses)
        question.waiting.clear()
      }),
    )
    return question.waiting
  }

  return (host, signal) =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted()
      const waiting = ask(host)
      const stop = () => {
        waiting.delete(waiter)
        reject(signal.reason)
      }
      const waiter: Waiter = (error, addresses) => {
        signal.removeEventListener('abort', stop)
        if (error === null) resolve(addresses)
        else reject(error)
      }
      waiting.add(waiter)
      signal.addEventListener('abort', stop, { once: true })
    })
}
