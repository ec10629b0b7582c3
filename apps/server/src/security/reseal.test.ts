import { expect, it } from 'vitest'
import { outdatedKeys, reseal } from './reseal.ts'
import { newKey, parseKeyRing } from './secrets.ts'

const [oldKey, nextKey] = [newKey('old'), newKey('new')]
const before = parseKeyRing(oldKey)
const both = parseKeyRing(`${nextKey},${oldKey}`)
const after = parseKeyRing(nextKey)
const place = 'connections|settings|con_1'

it('a value alone, and those in JSON at any depth, are sealed again; everything else keeps every character', () => {
  const sealed = before.encrypt('pass"word', place)
  expect(after.decrypt(reseal(both, sealed, place).text, place)).toBe('pass"word')

  const form = { host: 'a', password: sealed, list: [before.encrypt('1', place), { deep: before.encrypt('', place) }], new: both.encrypt('n', place) }
  const text = JSON.stringify({ ...form, looks: 'v1.old', number: 1 }, null, 1)
  const { text: again, lost } = reseal(both, text, place)
  expect(lost).toEqual([])
  expect(outdatedKeys(both, text)).toEqual(['old', 'old', 'old'])
  expect(outdatedKeys(both, again)).toEqual([])
  const open = (value: unknown) => after.decrypt(String(value), place)
  const { password, list, new: fresh, ...rest } = JSON.parse(again)
  expect([open(password), open(list[0]), open(list[1].deep), open(fresh)]).toEqual(['pass"word', '1', '', 'n'])
  expect(rest).toEqual({ host: 'a', looks: 'v1.old', number: 1 })
  expect(fresh).toBe(form.new)
  expect(reseal(both, again, place)).toEqual({ text: again, lost: [] })
})

it('what no given key opens stays as it was, and its key is named: an unknown key, another one of that name, another place', () => {
  const text = JSON.stringify([
    parseKeyRing(newKey('older')).encrypt('a', place),
    parseKeyRing(newKey('old')).encrypt('b', place),
    before.encrypt('c', 'connections|settings|con_2'),
    before.encrypt('d', place),
  ])
  const { text: again, lost } = reseal(both, text, place)
  expect(lost).toEqual(['older', 'old', 'old'])
  expect(JSON.parse(again).slice(0, 3)).toEqual(JSON.parse(text).slice(0, 3))
  expect(after.decrypt(JSON.parse(again)[3], place)).toBe('d')
})
