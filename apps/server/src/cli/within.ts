import type { Millis } from '../domain/time.ts'

/** Whether `work` ends within that time. Rejects as it does; the work itself goes on. */
export async function within(most: Millis, work: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), most)
  })
  return Promise.race([work.then(() => true), late]).finally(() => clearTimeout(timer))
}
