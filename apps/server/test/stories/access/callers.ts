import { SCOPES } from '../../../src/domain/caller.ts'
import type { World } from '../world.ts'
import type { Worth } from './rule.ts'

export interface Caller {
  name: string
  headers: Record<string, string | string[]>
  /** With a leading `?`. */
  query?: string
  worth: Worth
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const nothing: Worth = { kind: 'nothing' }

/** Everybody who might call the hub: with good credentials, with bad ones, and with those that have ended. */
export async function callersOf(world: World): Promise<Caller[]> {
  const hub = world.client()
  const tokenOf = async (user: string) => (await hub.users.token(user)).token
  const token = await tokenOf('ana')
  const { key } = await hub.keys.create({ name: 'altered', scopes: ['admin'] })
  const last = key.endsWith('a') ? 'b' : 'a'
  const ticket = (await (await fetch(`${world.address}/v1/inbox/tickets`, { method: 'POST', headers: bearer(token) })).json()) as { ticket: string }

  const unreadable: [string, Record<string, string>][] = [
    ['nobody', {}],
    ['a key that nobody made', bearer('ck_00000000_nonsense')],
    ['an altered key', bearer(key.slice(0, -1) + last)],
    ['an altered user token', bearer(altered(token))],
    ['another scheme', { authorization: `Basic ${Buffer.from(`:${key}`).toString('base64')}` }],
    ['a scheme without a token', { authorization: 'Bearer' }],
    ['two tokens in one header', bearer(`${key} ${token}`)],
    ['a stream ticket as a token', bearer(ticket.ticket)],
  ]
  const inUrl: [string, string][] = [
    ['a user token in the URL', `?access_token=${token}`],
    ['a key in the URL', `?token=${key}`],
    ['a user token as a ticket', `?ticket=${token}`],
    ['a key as a ticket', `?ticket=${key}`],
  ]
  const scoped = await Promise.all(SCOPES.map(async (scope) => ({ scope, key: (await hub.keys.create({ name: `only ${scope}`, scopes: [scope] })).key })))

  return [
    ...unreadable.map(([name, headers]): Caller => ({ name, headers, worth: nothing })),
    ...inUrl.map(([name, query]): Caller => ({ name, headers: {}, query, worth: { kind: 'in-url' } })),
    {
      name: 'two Authorization headers',
      headers: { authorization: [`Bearer ${key}`, `Bearer ${token}`] },
      worth: { kind: 'malformed', status: 400, code: 'invalid_request' },
    },
    ...scoped.flatMap(({ scope, key }): Caller[] => [
      { name: `a key with only ${scope}`, headers: bearer(key), worth: { kind: 'key', scopes: [scope], actsFor: false } },
      {
        name: `a key with only ${scope}, for ana`,
        headers: { ...bearer(key), 'carillon-user': 'ana' },
        worth: { kind: 'key', scopes: [scope], actsFor: true },
      },
    ]),
    { name: 'the root key', headers: bearer(world.rootKey), worth: { kind: 'key', scopes: SCOPES, actsFor: false } },
    { name: 'the token of ana', headers: bearer(token), worth: { kind: 'user', actsFor: false } },
    { name: 'the token of ana, for ben', headers: { ...bearer(token), 'carillon-user': 'ben' }, worth: { kind: 'user', actsFor: true } },
    ...(await ended(world)).map(([name, ended]): Caller => ({ name, headers: bearer(ended), worth: nothing })),
  ]
}

/** Another signature: a letter in its middle differs. The last byte of a signature is often 0, so writing zeros there would change nothing. */
const altered = (token: string): string => `${token.slice(0, -20)}${token.at(-20) === 'A' ? 'B' : 'A'}${token.slice(-19)}`

/** Credentials that were good once. */
async function ended(world: World): Promise<[name: string, token: string][]> {
  const hub = world.client()
  const tokenOf = async (user: string, seconds = 3600) => (await hub.users.token(user, { expiresIn: seconds })).token
  const revoked = await hub.keys.create({ name: 'revoked', scopes: ['admin'] })
  const expired = await hub.keys.create({ name: 'expired', scopes: ['admin'], expiresAt: new Date(world.clock.now() + 60_000).toISOString() })
  const tokens = {
    short: await tokenOf('short', 60),
    deleted: await tokenOf('deleted'),
    again: await tokenOf('again'),
    inactive: await tokenOf('inactive'),
  }
  world.clock.advance(60_000)
  await hub.keys.revoke(revoked.id)
  await hub.users.delete('deleted')
  await hub.users.delete('again')
  await hub.users.put('again', {})
  await hub.users.put('inactive', { active: false })
  return [
    ['a revoked key', revoked.key],
    ['an expired key', expired.key],
    ['an expired user token', tokens.short],
    ['the token of a deleted user', tokens.deleted],
    ['the token of a user who was deleted and made again', tokens.again],
    ['the token of an inactive user', tokens.inactive],
  ]
}
