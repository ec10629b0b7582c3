import { nextTurn } from '../loop.ts'

/** Waits until something holds, for at most so many turns of the event loop: bounded, and without a clock. */
export async function until(holds: () => boolean, turns = 1000): Promise<void> {
  for (let i = 0; i < turns; i++) {
    if (holds()) return
    await nextTurn()
  }
  throw new Error(`did not come to pass within ${turns} turns`)
}

/** Waits long enough for everything that needs no timer to have happened. */
export async function settle(turns = 30): Promise<void> {
  for (let i = 0; i < turns; i++) await nextTurn()
}

/** A promise that a test resolves by hand. */
export function gate<T = void>(): { opened: Promise<T>; open(value: T): void } {
  let open: (value: T) => void = () => {}
  const opened = new Promise<T>((resolve) => {
    open = resolve
  })
  return { opened, open: (value) => open(value) }
}
