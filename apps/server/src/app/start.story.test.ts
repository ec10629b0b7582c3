import { sql } from 'kysely'
import { expect, it, onTestFinished } from 'vitest'
import { createTestDatabase } from '../../test/setup/engines.ts'
import { readConfig } from '../config.ts'
import { createLog } from '../log.ts'
import { newKey } from '../security/secrets.ts'
import { openDialect } from '../storage/open.ts'
import { createApp } from './app.ts'

it('a database that fails in the middle of a start ends it with a sentence: the variable, the fault and the remedy', async () => {
  const { url, remove } = await createTestDatabase('postgres')
  onTestFinished(remove)
  const dialect = await openDialect(url)
  await sql
    .raw(`create function full_disk() returns trigger language plpgsql as $$ begin raise exception 'No space left on device' using errcode = '53100'; end $$`)
    .execute(dialect.db)
  await sql
    .raw(`create trigger full_disk before insert on settings for each row when (new.key <> 'key_check') execute function full_disk()`)
    .execute(dialect.db)
  await dialect.close()
  const config = readConfig({ CARILLON_DATABASE_URL: url, CARILLON_SECRET_KEY: newKey('k'), CARILLON_ROOT_KEY: 'root-key-of-this-test' })
  await expect(createApp(config, { log: createLog('silent') })).rejects.toThrow(/^CARILLON_DATABASE_URL: the disk of .* is full\. Free space there/)
})
