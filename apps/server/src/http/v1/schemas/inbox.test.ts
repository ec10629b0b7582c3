import type * as Client from '@carillon/client'
import type { Static, TSchema } from 'typebox'
import { expect, it } from 'vitest'
import * as schemas from './inbox.ts'

/** Optional fields are made required as well: otherwise a field that one side lacks would be accepted. */
type Whole<T> = T extends (infer Item)[] ? Whole<Item>[] : Client.JsonObject extends T ? T : T extends object ? { [K in keyof T]-?: Whole<T[K]> } : T
type Fits<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false
type Same<A, B> = Fits<A, B> extends true ? Fits<Whole<A>, Whole<B>> : false

/** Compiles only when the schema's type and the client's interface are equal in both directions. */
const same =
  <Contract>() =>
  <Schema extends TSchema>(schema: Schema, ..._equal: Same<Static<Schema>, Contract> extends true ? [] : [never]): Schema =>
    schema

it('keeps the schemas of the inbox and the interfaces of the client equal', () => {
  const compared = [
    same<Client.InboxItem>()(schemas.InboxItem),
    same<Client.Page<Client.InboxItem>>()(schemas.InboxPage),
    same<Client.InboxCounts>()(schemas.InboxCounts),
    same<Client.InboxQuery>()(schemas.InboxQuery),
    same<Client.SnoozeInput>()(schemas.SnoozeInput),
    same<Client.InboxBulkInput>()(schemas.BulkInput),
    same<Client.InboxBulkDone>()(schemas.BulkDone),
    same<Client.InboxFilter | null>()(schemas.ReadAllInput),
    same<Client.InboxReadAllDone>()(schemas.ReadAllDone),
    same<Client.InboxTicket>()(schemas.Ticket),
  ]
  expect(compared.every((schema) => typeof schema === 'object')).toBe(true)
})
