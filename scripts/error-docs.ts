import { ERRORS, type ErrorCode } from '../apps/server/src/errors.ts'

/** What the caller can do about each code. A new code does not compile without an entry. */
const REMEDY: Record<ErrorCode, string> = {
  invalid_json:
    '`detail` gives the position: the character at which the JSON is invalid, or the value that is not allowed. Bodies are UTF-8, at most 32 levels deep, without repeated keys, `__proto__`, `constructor`, NUL, half surrogate pairs, integers beyond ±9007199254740991, or numbers so large or small that a double holds infinity or 0 instead: send those as strings. Fractions are rounded to the nearest double, as by every JSON parser. A string has at most 256 KiB.',
  invalid_request: 'Correct the fields in `errors`: wrong type, missing, or unknown to the route. Unknown fields are never ignored.',
  malformed_request:
    'Send the request with an HTTP library; `detail` says what the parser refused: a chunk without a size, a header with a forbidden character, a `Content-Length` that is no number. The connection is closed, because the parser cannot know where the next request begins.',
  unauthorized:
    'Send `Authorization: Bearer` with an API key or a user token. `detail` says what is seen: no header, another scheme, a key in quotes or cut off, a key that was revoked or has expired. A user token also ends when its user is deleted or inactive.',
  forbidden: 'Use a key with the scope that `detail` names, or send `Carillon-User` for a user route.',
  origin_not_allowed:
    'A browser sent the request for a page of another origin. Add that origin, as in the header `Origin`, to `CARILLON_ALLOWED_ORIGINS` and restart: [browser](browser.md). Requests that come from no page have no such header and are not concerned.',
  not_found:
    'Check the path and the id: `detail` tells a path that is no route from an id that nothing has. Objects of another user answer as if there were none.',
  method_not_allowed: 'The header `Allow` lists the methods of this path.',
  request_timeout:
    'Send the request line and headers within 10 s and the whole request within 30 s; over a slow line send less at once. The connection is closed. The SDK sends again.',
  conflict: '`detail` describes the conflict. If the object has changed meanwhile, reload it and repeat the change.',
  idempotency_running: 'Wait as long as `Retry-After` says and send the same request again. The SDK does.',
  name_taken: 'Choose another name, or rename the object that has it.',
  not_cancellable: 'All deliveries of this event have been sent, have ended, or were already cancelled. There is nothing to do.',
  not_retryable:
    'Only `failed`, `expired`, `cancelled` and `suppressed` deliveries can be retried, and `queued` ones that wait for their next attempt; `detail` names the current state.',
  body_too_large: 'A body has at most 1 MiB. Send several batches, or put large content behind a URL.',
  unsupported_media_type:
    'Send `Content-Type: application/json` in UTF-8, without `Content-Encoding`; the pointer names the header. Compressed bodies and other character sets are refused on every route.',
  expectation_failed: 'Leave the header `Expect` out, or send `100-continue`, which is answered.',
  invalid_field: 'Correct the fields in `errors`: the type is right, but the value is invalid (a date in the past, a template that does not render, a length).',
  unknown_event_type: 'Register it with `PUT /v1/event-types/:key`, or correct `type`.',
  invalid_data: 'Correct `data`; pointers in `errors` begin with `/data`. The schema is in `GET /v1/event-types/:key`.',
  unknown_topic: 'Create it with `PUT /v1/topics/:key`, or correct the entry of `to` that the pointer names.',
  unknown_provider: 'Use one of `GET /v1/providers`.',
  unknown_channel: 'Use one of `GET /v1/channels`.',
  address_not_allowed:
    'To allow the address, add the value in `detail` to the variable that it names and restart. A person with a user token reads no value: what people may name is in `CARILLON_OUTBOUND_ALLOW_USERS`. See [the outbound guard](connections.md#the-outbound-guard).',
  connection_warnings:
    'Read the warnings in `errors`, then fix the fields, or repeat the request with `?force=true`. A disabled connection is saved without this check.',
  connection_test_failed:
    'Fix the fields in `errors` (an empty pointer: no field is at fault), or save without `?test=true` when the server is not available yet.',
  vendor_refused: 'Fix the field in `errors` (an empty pointer: no field is at fault), or try again later when the vendor did not answer.',
  idempotency_mismatch: 'Use a new key for a new request. For 24 hours a key is bound to its caller, path and body.',
  locked_route: 'Leave this cell out: the event type locks it for everyone.',
  upgrade_required: 'Open it with a WebSocket client. For server-sent events use `GET /v1/inbox/stream`.',
  too_many_requests: '`detail` names the limit and when to try again; wait as long as `Retry-After` says. [All limits](http.md#limits).',
  headers_too_large: 'The request line and all headers have at most 16 KiB together. Send fewer or shorter headers, and put long lists into a body.',
  internal:
    'A bug of the hub. The log has the cause under `requestId`; nothing of it is shown to callers. Sending again with the same `Idempotency-Key` is safe.',
  overloaded: 'Wait as long as `Retry-After` says and send again. When it stays, workers are too few or stand still: see `GET /v1/health`.',
  storage_full: 'Make room on the disk, then send the same request again. What was accepted before is still delivered.',
  unavailable:
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
    `\`\`\`json\n{\n  "type": "/docs#error-invalid_data",\n  "title": "${ERRORS.invalid_data[1]}",\n  "status": ${ERRORS.invalid_data[0]},\n  "detail": "The data does not match the schema of build.failed: /data/minutes is required.",\n  "code": "invalid_data",\n  "errors": [{ "pointer": "/data/minutes", "message": "is required" }],\n  "requestId": "req_…"\n}\n\`\`\``,
    '`errors` names each wrong field by JSON pointer (RFC 6901) into the body, or `/query/…`, `/header/…`, `/path/…`. Where a name is nearly that of something that exists, the message asks `(did you mean …?)`. `requestId` names the request in the log. A refused request has stored nothing; the one exception is [`unavailable`](#unavailable).',
    `| Code | Status |\n|---|---|\n${codes.map((code) => `| [\`${code}\`](#${code}) | ${ERRORS[code][0]} |`).join('\n')}`,
    ...codes.map((code) => `## ${code}\n\nStatus ${ERRORS[code][0]}. ${ERRORS[code][1]}\n\n${REMEDY[code]}`),
    '',
  ].join('\n\n')
}
