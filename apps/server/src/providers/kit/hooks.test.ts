import { expect, it } from 'vitest'
import { argumentProblems, webhookProblems } from './hooks.ts'

const said = (address: string, reads: string[] = []) => argumentProblems('/destination/webhookUrl', address, reads).map(({ message }) => message)

it('names each argument that would be dropped, and one that is given twice', () => {
  expect(said('https://chat.example/hook?a=1&b=2', ['a'])).toEqual(['has the argument b, which cannot be honoured here; leave it out'])
  expect(said('https://chat.example/hook?a=1&a=2&a=3', ['a'])).toEqual(['has the argument a twice'])
  expect(said('https://chat.example/hook?a=1', ['a'])).toEqual([])
  expect(said('https://chat.example/hook#part')).toEqual([expect.stringContaining('fragment')])
  expect(said('no address')).toEqual([])
})

it('repeats nothing that may be a secret in place of a name', () => {
  for (const secret of ['k'.repeat(33), 's3cret/of=hook', 'müll'])
    expect(said(`https://chat.example/hook?${encodeURIComponent(secret)}`)).toEqual([
      'has the argument after the ?, which cannot be honoured here; leave it out',
    ])
})

it('looks at the arguments of an address only when the rest of it is right', () => {
  const check = (address: string) => webhookProblems(address, /^\/hooks\/\w+$/, 'https://chat.example/hooks/<key>', []).map(({ message }) => message)
  expect(check('https://chat.example/other?a=1')).toEqual(['must look like https://chat.example/hooks/<key>'])
  expect(check('https://chat.example/hooks/key?a=1')).toEqual([expect.stringContaining('the argument a,')])
  expect(check('https://chat.example/hooks/key')).toEqual([])
})
