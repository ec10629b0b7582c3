import { expect, it } from 'vitest'
import { openDialect, sqliteFile } from './open.ts'

it('the database URL of SQLite names a file', () => {
  expect(sqliteFile('sqlite:./data/carillon.db')).toBe('./data/carillon.db')
  expect(sqliteFile('sqlite:/var/lib/carillon.db')).toBe('/var/lib/carillon.db')
  expect(sqliteFile('sqlite:///var/lib/carillon.db')).toBe('/var/lib/carillon.db')
})

it.each(['', 'sqlite:', 'sqlite::memory:', 'mysql://localhost/x', 'carillon.db'])('database URL %j: refused with the expected form', async (url) => {
  await expect(openDialect(url)).rejects.toThrow('sqlite:<file> or postgres://')
})
