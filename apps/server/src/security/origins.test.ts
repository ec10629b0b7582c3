import { expect, it } from 'vitest'
import { readOrigins } from './origins.ts'

it.each([
  ['', []],
  ['https://app.example.com', ['https://app.example.com']],
  [' https://app.example.com , http://localhost:5173,', ['https://app.example.com', 'http://localhost:5173']],
  ['https://app.example.com,https://app.example.com', ['https://app.example.com']],
  ['https://xn--bcher-kva.example', ['https://xn--bcher-kva.example']],
  ['http://[::1]:3000', ['http://[::1]:3000']],
  [
    'capacitor://localhost,tauri://localhost,chrome-extension://abcdefghijklmnop',
    ['capacitor://localhost', 'tauri://localhost', 'chrome-extension://abcdefghijklmnop'],
  ],
  ['*', '*'],
])('reads %j', (text, origins) => {
  expect(readOrigins(text)).toEqual({ origins, problems: [] })
})

it.each([
  ['https://app.example.com/', 'write https://app.example.com'],
  ['https://app.example.com/shop', 'write https://app.example.com'],
  ['https://app.example.com?x', 'write https://app.example.com'],
  ['https://App.Example.com', 'write https://app.example.com'],
  ['https://app.example.com:443', 'write https://app.example.com'],
  ['http://app.example.com:80', 'write http://app.example.com'],
  ['https://ann:secret@app.example.com', 'write https://app.example.com'],
  ['https://bücher.example', 'write https://xn--bcher-kva.example'],
  ['HTTPS://app.example.com', 'write https://app.example.com'],
  ['app.example.com', 'is not an origin'],
  ['localhost:5173', 'is not an origin'],
  ['https://', 'is not an origin'],
  ['https://app.example.com:99999', 'is not an origin'],
  ['https://*.example.com', 'wildcard'],
  ['null', 'origin null'],
  ['file:///srv/app', 'origin null'],
  ['Capacitor://localhost', 'is not an origin'],
  ['capacitor://localhost/app', 'is not an origin'],
])('refuses %s and says why', (entry, why) => {
  const { problems } = readOrigins(`https://good.example,${entry}`)
  expect(problems).toEqual([expect.stringContaining(why)])
  expect(problems[0]).toContain(`"${entry}"`)
})

it('refuses * beside other origins', () => {
  expect(readOrigins('*,https://app.example.com').problems).toEqual([expect.stringContaining('stands alone')])
})
