import { expect, it } from 'vitest'
import { serverOf, whereOf } from './urls.ts'

it('a server is named in errors as it may be shown, however its settings name it', () => {
  expect(serverOf({ host: 'mail.exаmple.com', port: 587 })).toBe('mail.xn--exmple-4nf.com:587')
  expect(serverOf({ host: 'mail.müller.example', port: 25 })).toBe('mail.müller.example:25')
  expect(whereOf('https://exаmple.com/hook')).toBe('https://xn--exmple-4nf.com')
})
