import { expect, it } from 'vitest'
import { hashKey, newApiKey, prefixOf, sameHash } from './api-keys.ts'

it('makes keys that are found by their prefix and known by their hash', () => {
  const { key, prefix, hash } = newApiKey()
  expect(key).toMatch(/^ck_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}$/)
  expect(prefixOf(key)).toBe(prefix)
  expect(hashKey(key)).toBe(hash)
  expect(hash).not.toContain(key)
})

it('sees a mistyped key by its checksum', () => {
  const { key } = newApiKey()
  const other = key[20] === 'x' ? 'y' : 'x'
  expect(prefixOf(key.slice(0, 20) + other + key.slice(21))).toBeNull()
  for (const wrong of ['', 'ck_', key.slice(0, -1), `${key}a`, ` ${key}`, key.replace('ck_', 'sk_')]) expect(prefixOf(wrong)).toBeNull()
})

it('never makes the same key twice', () => {
  const keys = Array.from({ length: 500 }, () => newApiKey().key)
  expect(new Set(keys).size).toBe(500)
})

it('compares hashes of any length without throwing', () => {
  expect(sameHash('ab', 'ab')).toBe(true)
  expect(sameHash('ab', 'ac')).toBe(false)
  expect(sameHash('ab', 'abc')).toBe(false)
})
