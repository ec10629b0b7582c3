/** What vendors may use of security/: the kit is the only room that they know. */
export { type Trust, tlsOptions } from '../../security/outbound.ts'
export { signWebhook, WEBHOOK_SECRET_PATTERN, webhookKey } from '../../security/signatures.ts'
