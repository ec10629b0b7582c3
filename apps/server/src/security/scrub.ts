import type { Json, JsonObject } from '../domain/json.ts'
import { MASK } from '../domain/secret-fields.ts'
import { mapMarked } from './marked-fields.ts'
import { urlSecretsOf } from './url-secrets.ts'

/** The schemas of a form; a destination may belong to a person or to a shared connection. */
interface Schemas {
  settings: object
  destination: object
  sharedDestination?: object | undefined
}

/** A vendor's message without the secrets of the form in the request, and without what makes its URLs callable. */
export function hideSecrets(text: string, schemas: Schemas, { settings, destination }: { settings: JsonObject; destination: JsonObject }): string {
  const { sharedDestination = schemas.destination } = schemas
  const secrets = [schemas.destination, sharedDestination].flatMap((schema) => secretsOf(schema, destination))
  return scrub(text, [...secretsOf(schemas.settings, settings), ...secrets, ...urlSecretsOf(settings), ...urlSecretsOf(destination)])
}

function secretsOf(schema: object, value: JsonObject): string[] {
  const texts: string[] = []
  const collect = (secret: Json): void => {
    if (typeof secret === 'string' && secret.length >= 4) texts.push(secret)
    else if (typeof secret === 'object' && secret !== null) for (const inner of Object.values(secret)) collect(inner)
  }
  mapMarked(schema, 'x-secret', value, (secret) => {
    collect(secret)
    return secret
  })
  return texts
}

/** Vendors echo parts of the request: percent-encoded, or only the token of a URL. The longest variants are replaced first, because one may contain another. */
function scrub(text: string, secrets: string[]): string {
  const spellings = secrets.flatMap((secret) => [secret, ...tokensOf(secret)]).flatMap((secret) => [secret, encodeURIComponent(secret.toWellFormed())])
  return spellings.toSorted((a, b) => b.length - a.length).reduce((shown, secret) => shown.replaceAll(secret, MASK), text)
}

/** The secret parts of an address, from its path and query. */
function tokensOf(secret: string): string[] {
  const url = URL.parse(secret)
  return url === null ? [] : [...url.pathname.split('/'), ...url.searchParams.values()].filter((part) => part.length >= 16)
}
