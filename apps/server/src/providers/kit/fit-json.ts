import { DeliveryError } from './delivery-error.ts'
import { truncate } from './truncate.ts'

type Build = (text: string) => object

/**
 * JSON within a limit that the vendor counts over the whole of it, in bytes: the text gives way, since what its escaping costs is only
 * known once it is written. Of several `builds` the first is taken that holds the whole text or leaves it a quarter of the room, else the last.
 * Throws `rejected` (`too_large`) when everything else is too large already.
 */
export function fitJson(text: string, limit: number, ...builds: [Build, ...Build[]]): string {
  const sizeWith = (build: Build, shown: string) => Buffer.byteLength(JSON.stringify(build(shown)))
  const build = builds.find((one) => sizeWith(one, text) <= limit || sizeWith(one, '') <= limit * 0.75) ?? builds.at(-1)!
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
