import type { Scope } from '@carillon/client'
import { SCOPES } from '../../../src/domain/caller.ts'

/** Who may call a route, as OpenAPI says it; the hub writes that from the route's own config. */
export type Access = { kind: 'public' } | { kind: 'scope'; scope: Scope } | { kind: 'own'; ticket: boolean }

export interface Route {
  /** `GET /v1/users/{id}` */
  name: string
  method: string
  path: string
  access: Access
  hasBody: boolean
}

interface Operation {
  security?: { [scheme: string]: string[] }[]
  requestBody?: object
}

/** Not part of the API, and public: the document itself, and the pages for people. */
const HIDDEN: Route[] = ['/', '/docs', '/openapi.json'].map((path) => ({
  name: `GET ${path}`,
  method: 'GET',
  path,
  access: { kind: 'public' },
  hasBody: false,
}))

/** Every route of the hub. Throws for one whose access the rule of `rule.ts` does not cover. */
export async function routesOf(address: string): Promise<Route[]> {
  const { paths } = (await (await fetch(`${address}/openapi.json`)).json()) as { paths: Record<string, Record<string, Operation>> }
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security, requestBody }]): Route => {
      const name = `${method.toUpperCase()} ${path}`
      return { name, method: method.toUpperCase(), path, access: accessIn(name, security), hasBody: requestBody !== undefined }
    }),
  )
  return [...described, ...HIDDEN]
}

function accessIn(name: string, security: Operation['security']): Access {
  if (security?.length === 0) return { kind: 'public' }
  const schemes = Object.assign({}, ...(security ?? [])) as Record<string, string[]>
  const [scope, ...more] = schemes['apiKey'] ?? []
  const known = SCOPES.find((one) => one === scope)
  const others = Object.keys(schemes).filter((scheme) => !['apiKey', 'userToken', 'ticket'].includes(scheme))
  if (known === undefined || more.length > 0 || others.length > 0) throw new Error(`${name}: no rule says who may call it: ${JSON.stringify(security)}`)
  return 'userToken' in schemes ? { kind: 'own', ticket: 'ticket' in schemes } : { kind: 'scope', scope: known }
}
