import { type TObject, Type } from 'typebox'
import { type ProxyServer, parseProxy } from '../../security/outbound.ts'
import type { Http, Problem } from './contract.ts'
import { secret } from './fields.ts'
import { member } from './receipt.ts'

/** A setting of every provider that goes out; `defineProvider` adds it, and passes an `http` that uses it. */
const proxySettings = {
  proxy: Type.Optional(
    secret({
      title: 'Proxy',
      description: 'http://user:password@host:port, https://… or socks5://…: this connection goes through it, in place of the proxy of the hub.',
      maxLength: 2048,
      'x-advanced': true,
    }),
  ),
}

/** A form with that setting. */
export const withProxy = (form: TObject): TObject => ({ ...form, properties: { ...form.properties, ...proxySettings } })

/** The same job with an `http` that goes through the proxy of its settings. */
export function throughProxy<Job extends { settings: object; http: Http }>(job: Job): Job {
  const proxy = proxyOf(job.settings)
  if (proxy === undefined) return job
  const { http } = job
  return {
    ...job,
    http: { ...http, request: (url, request) => http.request(url, { ...request, proxy }), dial: (call) => http.dial({ ...call, proxy }) },
  }
}

export function proxyProblems(settings: object | undefined): Problem[] {
  const given = member(settings, 'proxy')
  const read = typeof given === 'string' ? parseProxy(given, 'connection') : undefined
  return typeof read === 'string' ? [{ pointer: '/settings/proxy', message: read }] : []
}

/** The proxy in the settings of a connection. A text that is no proxy was refused when it was saved. */
export function proxyOf(settings: object): ProxyServer | undefined {
  const given = member(settings, 'proxy')
  if (typeof given !== 'string') return undefined
  const read = parseProxy(given, 'connection')
  return typeof read === 'string' ? undefined : read
}
