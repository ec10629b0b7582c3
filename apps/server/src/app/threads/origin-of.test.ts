import { expect, it } from 'vitest'
import { originOf } from './origin-of.ts'

it.each([
  [{ url: 'https://hooks.example:8443/a?b=c' }, 'https://hooks.example:8443'],
  [{ name: 'x', webhookUrl: 'HTTP://Hooks.Example/a' }, 'http://hooks.example'],
  [{ phone: '+12025550100' }, ''],
  [{ url: 'mailto:ada@example.com' }, ''],
  [{ url: 'https://' }, ''],
  [{ urls: ['https://hooks.example'] }, ''],
  [null, ''],
])('the server of %j is %j', (destination, origin) => {
  expect([originOf(destination), originOf(destination)]).toEqual([origin, origin])
})
