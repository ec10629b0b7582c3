import { expect, it } from 'vitest'
import { HOUR, MINUTE, SECOND } from '../../domain/time.ts'
import { createTokenCache, freshFor } from './token-cache.ts'

/** Issues `1`, `2`, … when it is let go. */
function rig() {
  const waiting: (() => void)[] = []
  let issued = 0
  return {
    cache: createTokenCache(),
    issue: () => new Promise<{ token: string; freshMs: number }>((done) => waiting.push(() => done({ token: String(++issued), freshMs: HOUR }))),
    go() {
      for (const one of waiting.splice(0)) one()
    },
    failing: () => Promise.reject(new Error('down')),
  }
}

it('a token is forgotten by its own refusal only, so that a late refusal of the one before costs no new one', async () => {
  const { cache, issue, go } = rig()
  const first = cache.get(0, issue)
  go()
  expect(await first).toBe('1')
  await Promise.all([cache.forget('1'), cache.forget('1')])
  const second = cache.get(1, issue)
  const late = cache.forget('1')
  go()
  await late
  expect([await second, await cache.get(2, issue)]).toEqual(['2', '2'])
})

it('a refusal or a failure that comes late takes nothing from the token after it', async () => {
  const { cache, issue, go } = rig()
  const first = cache.get(0, issue)
  go()
  await first
  const late = cache.forget('1')
  const second = cache.get(2 * HOUR, issue)
  go()
  await late
  expect([await second, cache.get(2 * HOUR, issue)]).toEqual(['2', second])

  let fail: (error: Error) => void = () => {}
  const slow = cache.get(4 * HOUR, () => new Promise((_, reject) => (fail = reject)))
  const next = cache.get(4 * HOUR + MINUTE, issue)
  fail(new Error('late'))
  await expect(slow).rejects.toThrow('late')
  go()
  await next
  expect(cache.get(4 * HOUR + MINUTE, issue)).toBe(next)
})

it('a failure is that of all who wait, and the next caller asks again, also a minute that nobody answered later', async () => {
  const { cache, failing, issue, go } = rig()
  const both = [cache.get(0, failing), cache.get(0, issue)]
  for (const one of both) await expect(one).rejects.toThrow('down')
  const silent = cache.get(1, issue)
  expect(cache.get(MINUTE, issue)).toBe(silent)
  const again = cache.get(1 + MINUTE, issue)
  expect(again).not.toBe(silent)
  go()
  expect(await Promise.all([silent, again])).toEqual(['1', '2'])
  expect(await cache.get(2, issue), 'the newest').toBe('2')
})

it.each([
  [3600, HOUR - 5 * MINUTE],
  [600, 5 * MINUTE],
  [599, 299.5 * SECOND],
  [10, 5 * SECOND],
  [0, HOUR - 5 * MINUTE],
  [-1, HOUR - 5 * MINUTE],
  [undefined, HOUR - 5 * MINUTE],
  ['60', HOUR - 5 * MINUTE],
])('a token whose answer says that it expires in %j is used for %i ms', (expiresIn, ms) => expect(freshFor(expiresIn)).toBe(ms))
