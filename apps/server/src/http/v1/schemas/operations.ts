import { Type } from 'typebox'
import { AnyObject, DateTime, Line, Moment, Nullable, named, OneOf, Optional, PageOf, Strict, Text } from './base.ts'
import { Scope } from './words.ts'

export const ApiKeyInput = Strict({ name: Line(128), scopes: Type.Array(Scope, { minItems: 1, uniqueItems: true }), expiresAt: Optional(DateTime) })
const keyFields = {
  id: Text,
  name: Text,
  prefix: Text,
  scopes: Type.Array(Scope),
  createdAt: Text,
  expiresAt: Moment,
  lastUsedAt: Moment,
  revokedAt: Moment,
}
export const ApiKey = named('ApiKey', Strict(keyFields))
export const ApiKeyPage = PageOf(ApiKey)
export const NewApiKey = named('NewApiKey', Strict({ ...keyFields, key: Text }))

export const AuditEntry = Strict({ id: Text, at: Text, actor: Text, action: Text, target: Text, detail: AnyObject, requestId: Nullable(Text) })
export const AuditPage = PageOf(AuditEntry)

const Status = OneOf(['ok', 'warning', 'error', 'failing'])
const HealthCheck = Strict({ name: Text, status: Status, detail: Text })
const HealthIssue = Strict({ source: Text, level: OneOf(['warning', 'error']), message: Text, since: Text })
export const HubHealth = named(
  'HubHealth',
  Strict({ status: Status, version: Text, engine: OneOf(['sqlite', 'postgres']), checks: Type.Array(HealthCheck), issues: Type.Array(HealthIssue) }),
)
