import { expect, it } from 'vitest'
import { StartError } from '../domain/start-error.ts'
import { listenError } from './listen-error.ts'

const AT = { host: '192.0.2.1', port: 80 }
const said = (error: Error) => {
  const told = listenError(error, AT)
  return told instanceof StartError ? told.message : null
}

it.each([
  ['EADDRINUSE', /^PORT: .*192\.0\.2\.1:80.* set PORT to/],
  ['EACCES', /^PORT: .*192\.0\.2\.1:80.* Set PORT to/],
  ['EADDRNOTAVAIL', /^HOST: .*192\.0\.2\.1.* Set HOST to/],
  ['EAFNOSUPPORT', /^HOST: .*192\.0\.2\.1.* Set HOST to/],
  ['ENOTFOUND', /^HOST: .*192\.0\.2\.1.* Set HOST to/],
  ['EAI_AGAIN', /^HOST: .*192\.0\.2\.1.* Set HOST to/],
  ['EMFILE', /^HOST and PORT: .*192\.0\.2\.1:80: too bad$/],
])('an error %s of listening names its variable, the address and the remedy', (code, sentence) => {
  expect(said(Object.assign(new Error('too bad'), { code }))).toMatch(sentence)
})

it('a mistake of ours stays what it is', () => {
  const ours = new TypeError('undefined is not a function')
  expect(listenError(ours, AT)).toBe(ours)
})
