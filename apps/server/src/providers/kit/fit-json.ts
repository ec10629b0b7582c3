import { DeliveryError } from './delivery-error.ts'
import { truncate } from './truncate.ts'

type Build = (text: string) => object

/**
 * Fits JSON into a limit that the vendor applies to the whole of it, in bytes, by cutting the text; the cost of escaping is only known
 * after serialising. Of several `builds` it takes the first that fits the whole text or leaves it a quarter of the limit, else the last.
 * Throws `rejected` (`too_large`) when the rest is already too large.
 */
export function fitJson(text: string, limit: number, ...builds: [Build, ...Build[]]): string {
  const build = chosen(text, limit, builds)
  const whole = JSON.stringify(build(text))
  if (Buffer.byteLength(whole) <= limit) return whole
  let fits = 0
  let best = JSON.stringify(build(''))
  if (Buffer.byteLength(best) > limit)
    throw new DeliveryError('rejected', `The message is larger than ${limit} bytes even without its text`, { code: 'too_large' })
  for (let most = Math.min(Buffer.byteLength(text), limit); fits < most; ) {
    const middle = Math.ceil((fits + most) / 2)
    const tried = JSON.stringify(build(truncate(text, middle, 'bytes')))
    if (Buffer.byteLength(tried) <= limit) {
      fits = middle
      best = tried
    } else most = middle - 1
  }
  return best
}

/** Whether `fitJson` sends the whole text; for `capabilities.fits`. */
export const fitsJson = (text: string, limit: number, ...builds: [Build, ...Build[]]): boolean => sizeWith(chosen(text, limit, builds), text) <= limit

const sizeWith = (build: Build, text: string): number => Buffer.byteLength(JSON.stringify(build(text)))

const chosen = (text: string, limit: number, builds: [Build, ...Build[]]): Build =>
  builds.find((one) => sizeWith(one, text) <= limit || sizeWith(one, '') <= limit * 0.75) ?? builds.at(-1) ?? builds[0]
