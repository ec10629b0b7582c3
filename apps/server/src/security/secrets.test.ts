import { chmod, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadOrCreateKeyFile } from './key-file.ts'
import { newKey, newKeyCheck, parseKeyRing, secretPlace, verifyKeyCheck } from './secrets.ts'

const place = secretPlace('connections', 'settings', 'con_1')

describe('a key ring', () => {
  const old = newKey('old')
  const ring = parseKeyRing(old)

  it('opens what it sealed, and says with which key', () => {
    const sealed = ring.encrypt('pässword', place)
    expect(sealed).toMatch(/^v1\.old\.[\w-]{16}\.[\w-]+\.[\w-]{22}$/)
    expect(sealed).not.toContain('word')
    expect(ring.decrypt(sealed, place)).toBe('pässword')
    expect(ring.encrypt('pässword', place)).not.toBe(sealed)
    expect(ring.decrypt(ring.encrypt('', place), place)).toBe('')
  })

  it('does not open what was moved to another row, changed, or cut', () => {
    const sealed = ring.encrypt('password', place)
    expect(() => ring.decrypt(sealed, secretPlace('connections', 'settings', 'con_2'))).toThrow('changed, moved')
    const [version, id, nonce, body, tag] = sealed.split('.')
    const flipped = `${body![0] === 'A' ? 'B' : 'A'}${body!.slice(1)}`
    expect(() => ring.decrypt([version, id, nonce, flipped, tag].join('.'), place)).toThrow('changed, moved')
    expect(() => ring.decrypt([version, id, nonce, body, tag!.slice(0, 8)].join('.'), place)).toThrow('not an encrypted value')
    expect(() => ring.decrypt('password', place)).toThrow('not an encrypted value')
  })

  it('encrypts with the first key after a rotation and still opens the older ones', () => {
    const sealed = ring.encrypt('password', place)
    const rotated = parseKeyRing(`${newKey('new')},${old}`)
    expect(rotated.current).toBe('new')
    expect(rotated.decrypt(sealed, place)).toBe('password')
    expect(rotated.isOutdated(sealed)).toBe(true)
    expect(rotated.isOutdated(rotated.encrypt('password', place))).toBe(false)
    expect(() => parseKeyRing(newKey('new')).decrypt(sealed, place)).toThrow('key old, which is not in CARILLON_SECRET_KEY')
  })

  it('derives other keys, the same ones each time', () => {
    expect(ring.derive('tokens')).toHaveLength(32)
    expect(ring.derive('tokens')).toEqual(parseKeyRing(old).derive('tokens'))
    expect(ring.derive('tokens')).not.toEqual(ring.derive('links'))
  })

  it('knows at start whether it belongs to the database', () => {
    const check = newKeyCheck(ring)
    expect(() => verifyKeyCheck(ring, check)).not.toThrow()
    expect(() => verifyKeyCheck(parseKeyRing(`${newKey('new')},${old}`), check)).not.toThrow()
    expect(() => verifyKeyCheck(parseKeyRing(newKey('old')), check)).toThrow('does not open this database')
  })

  it.each([
    [undefined, 'missing'],
    ['', 'missing'],
    ['main', 'entry 1 is not id:base64'],
    ['ma in:AAAA', 'entry 1 is not id:base64'],
    [`main:${Buffer.alloc(16, 7).toString('base64')}`, '16 bytes instead of 32'],
    [`main:${Buffer.alloc(32, 7).toString('base64')}`, 'a pattern'],
    [`main:${Buffer.from('abcd'.repeat(8)).toString('base64')}`, 'a pattern'],
    [`${newKey('a')},${newKey('a')}`, 'a is there twice'],
  ])('refuses %j', (text, message) => {
    expect(() => parseKeyRing(text)).toThrow(message)
  })
})

describe('a key file', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carillon-key-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('is made once, for its owner only', async () => {
    const path = join(folder, 'data', 'secret.key')
    const [first, second] = await Promise.all([loadOrCreateKeyFile(path), loadOrCreateKeyFile(path)])
    expect(first).toBe(second)
    expect(parseKeyRing(first).current).toBe('main')
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await loadOrCreateKeyFile(path)).toBe(first)
    expect((await readFile(path, 'utf8')).trim()).toBe(first)
  })

  it('is refused when others may read it', async () => {
    const path = join(folder, 'secret.key')
    await loadOrCreateKeyFile(path)
    await chmod(path, 0o644)
    await expect(loadOrCreateKeyFile(path)).rejects.toThrow(`chmod 600 ${path}`)
  })
})
