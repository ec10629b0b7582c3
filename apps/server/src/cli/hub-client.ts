import { type Client, createClient } from '@carillon/client'
import { readConfig, readVariable } from '../config.ts'
import { type Env, UsageError } from './command.ts'

/** The options of every command that connects to a running hub. */
export const HUB_OPTIONS = { url: { type: 'string' }, key: { type: 'string' } } as const

export const HUB_HELP = `  --url <address>  address of the hub; else CARILLON_URL, else from CARILLON_BASE_URL, HOST and PORT
  --key <key>      an API key; else CARILLON_KEY, else CARILLON_ROOT_KEY`

/** The SDK client for the hub named by options or environment. An unreachable hub fails quickly, because a person is waiting. */
export function hubClient({ url, key }: { url?: string | undefined; key?: string | undefined }, env: Env): Client {
  const baseUrl = url?.trim() ?? readVariable(env, 'CARILLON_URL') ?? readConfig(env).baseUrl
  // `localhost:8484` is a URL too, of the scheme `localhost`.
  if (!/^https?:$/.test(URL.parse(baseUrl)?.protocol ?? '')) throw new UsageError(`"${baseUrl}" is not an address such as http://127.0.0.1:8484`)
  // The whole configuration is read only when needed: a machine that only sends has none.
  const token = (key?.trim() || undefined) ?? readVariable(env, 'CARILLON_KEY') ?? readVariable(env, 'CARILLON_ROOT_KEY')
  if (!token) throw new UsageError('a key is needed: --key, CARILLON_KEY or CARILLON_ROOT_KEY (`carillon keys create` creates one)')
  return createClient({ baseUrl, token, retries: 1 })
}
