/**
 * Waits until all of them have ended, however each of them ends; then throws the first error in their order. `Promise.all` would go on at the first
 * error, and close under the others what they still use.
 */
export async function allEnded(ends: readonly Promise<unknown>[]): Promise<void> {
  for (const end of await Promise.allSettled(ends)) if (end.status === 'rejected') throw end.reason
}
