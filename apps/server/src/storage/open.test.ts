import { expect, it } from 'vitest'
import { openDialect, sqliteFile } from './open.ts'

it('reads the file from a sqlite URL', () => {
  expect(sqliteFile('sqlite:./data/carillon.db')).toBe('./data/carillon.db')
  expect(sqliteFile('sqlite:/var/lib/carillon.db')).toBe('/var/lib/carillon.db')
  expect(sqliteFile('sqlite:///var/lib/carillon.db')).toBe('/var/lib/carillon.db')
})

it.each(['', 'sqlite:', 'sqlite::memory:', 'mysql://localhost/x', 'carillon.db'])('refuses %j and says what is expected', async (url) => {
  await expect(openDialect(url)).rejects.toThrow('sqlite:<file> or postgres://')
})
