import { expect, it } from 'vitest'
import { allEnded } from './all-ended.ts'
import { gate, settle } from './testing/turns.ts'

it('waits for the slow ones although another failed, and then throws the first error', async () => {
  const slow = gate()
  let over = false
  const ended = allEnded([slow.opened, Promise.reject(new Error('one')), Promise.reject(new Error('two'))])
    .catch(({ message }: Error) => message)
    .finally(() => {
      over = true
    })
  await settle()
  expect(over).toBe(false)
  slow.open()
  expect(await ended).toBe('one')
})

it('ends with nothing to wait for', async () => {
  await expect(allEnded([])).resolves.toBeUndefined()
})
