import { ERRORS, type ErrorCode } from '../apps/server/src/errors.ts'

/** What the caller can do about each code. A new code does not compile until it has its line. */
const REMEDY: Record<ErrorCode, string> = {
  invalid_json:
    '`detail` says where: at which character it stops being JSON, or which value is not allowed. Bodies are UTF-8, at most 32 levels deep, without repeated keys, `__proto__`, `constructor`, NUL, half surrogate pairs, or numbers that a double cannot hold exactly; one string has at most 256 KiB.',
  invalid_request: 'Correct the fields in `errors`: wrong type, missing, or not known to the route. Unknown fields are never ignored.',
  unauthorized: 'Send `Authorization: Bearer` with an API key or a user token. It may have been revoked or be over.',
  forbidden: 'Use a key with the scope that `detail` names, or send `Carillon-User` where a user’s own route is meant.',
  not_found: 'Check the path and the id. What belongs to another user is not found either.',
  method_not_allowed: 'The header `Allow` lists the methods of this path.',
  conflict: '`detail` says what does not fit. Where others changed the same thing meanwhile, read it again and repeat the change.',
  idempotency_running: 'Wait as long as `Retry-After` says and send the same request again. The SDK does.',
  name_taken: 'Choose another name, or change the one that has it.',
  not_cancellable: 'Everything of this event has been sent, has ended, or was cancelled before. Nothing is to be done.',
  not_retryable:
    'Only `failed`, `expired`, `cancelled` and `suppressed` deliveries can be put back, and `queued` ones that wait for their next attempt; `detail` names the present state.',
  body_too_large: 'A body has at most 1 MiB. Send several batches, or put large content behind a URL.',
  unsupported_media_type: 'Send `Content-Type: application/json`.',
  invalid_field: 'Correct the fields in `errors`: the type is right, the value is not (a date in the past, a template that does not render, a length).',
  unknown_event_type: 'Register it with `PUT /v1/event-types/:key`, or correct `type`.',
  invalid_data: 'Correct `data`; pointers in `errors` begin with `/data`. The schema is in `GET /v1/event-types/:key`.',
  unknown_topic: 'Make it with `PUT /v1/topics/:key`, or correct the entry of `to` that the pointer names.',
  unknown_provider: 'Take one of `GET /v1/providers`.',
  unknown_channel: 'Take one of `GET /v1/channels`.',
  address_not_allowed:
    'When the address is meant, add the value that `detail` names to `CARILLON_OUTBOUND_ALLOW` and start again. See [the outbound guard](connections.md#the-outbound-guard).',
  connection_warnings:
    'Read the warnings in `errors`, then mend the fields, or send the same again with `?force=true`. A connection that is disabled is saved without asking.',
  connection_test_failed:
    'Mend what `errors` names (an empty pointer: no field is to blame), or save without `?test=true` when the other side is not there yet.',
  vendor_refused: 'Mend the field that `errors` names (an empty pointer: none is to blame), or ask again later when the vendor did not answer.',
  idempotency_mismatch: 'Use a new key for a new request. A key is bound to its caller, path and body for 24 hours.',
  locked_route: 'Leave this cell out: the event type decides it for everybody.',
  too_many_requests: 'Wait as long as `Retry-After` says.',
  internal:
    'A bug of the hub. The log has the cause under `requestId`; nothing of it is shown to callers. Sending again with the same `Idempotency-Key` is safe.',
  overloaded: 'Wait as long as `Retry-After` says and send again. When it stays, workers are too few or stand still: see `GET /v1/health`.',
  storage_full: 'Make room on the disk, then send the same request again. What was accepted before is still delivered.',
  storage_unavailable:
    'Wait as long as `Retry-After` says and send the same request again, a POST with the same `Idempotency-Key`: if the connection was lost during the commit, the first request may have been stored. The SDK does this. If the error persists, check the database; the log has the cause under `requestId`.',
  stopping: 'Send again; another node or the next start answers. The SDK does.',
}

/** docs/errors.md, from the table in errors.ts. */
export function errorPage(): string {
  const codes = Object.keys(ERRORS) as ErrorCode[]
  return [
    '<!-- Made by scripts/docs.ts from apps/server/src/errors.ts; do not edit. -->',
    '# Errors',
    'Every refusal is `application/problem+json` (RFC 9457). Match `code`: codes are never reused, sentences may change.',
    '```json\n{\n  "type": "/docs#error-invalid_data",\n  "title": "The data does not fit the schema of the event type.",\n  "status": 422,\n  "detail": "The data does not fit the schema of build.failed: /data/minutes is required.",\n  "code": "invalid_data",\n  "errors": [{ "pointer": "/data/minutes", "message": "is required" }],\n  "requestId": "req_…"\n}\n```',
    '`errors` names each wrong field by JSON pointer (RFC 6901) into the body, or `/query/…`, `/header/…`, `/path/…`. `requestId` names the request in the log. A refused request has stored nothing; the one exception is [`storage_unavailable`](#storage_unavailable).',
    `| Code | Status |\n|---|---|\n${codes.map((code) => `| [\`${code}\`](#${code}) | ${ERRORS[code][0]} |`).join('\n')}`,
    ...codes.map((code) => `## ${code}\n\nStatus ${ERRORS[code][0]}. ${ERRORS[code][1]}\n\n${REMEDY[code]}`),
    '',
  ].join('\n\n')
}
