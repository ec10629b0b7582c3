import type { Client, Connection } from '@carillon/client'
import { didYouMean } from '../domain/nearest.ts'

/** A connection by its id or its name. Throws when there is none, or when the name is not enough to choose by. */
export async function connectionNamed(hub: Pick<Client, 'connections'>, given: string): Promise<Connection> {
  const all: Connection[] = []
  for await (const connection of hub.connections.all({ limit: 200 })) all.push(connection)
  const byId = all.find(({ id }) => id === given)
  if (byId !== undefined) return byId
  const alike = all.filter(({ name }) => name.toLowerCase() === given.toLowerCase())
  if (alike.length === 1 && alike[0] !== undefined) return alike[0]
  if (alike.length > 1) throw new Error(`several connections are called "${given}"; give an id: ${alike.map(({ id }) => id).join(', ')}`)
  const near = didYouMean(
    given,
    all.map(({ name }) => name),
  )
  throw new Error(
    `there is no connection "${given}"${near}; ${all.length === 0 ? 'the hub has none' : `the hub has: ${all.map(({ name }) => name).join(', ')}`}`,
  )
}
