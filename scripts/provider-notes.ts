const COPIES =
  '- A mail needs somebody it is to. Where a shared connection names copies only, they become recipients; where it names several blind copies only, the sender writes to itself, so that none of them sees the others.'
const MAIL = `- The \`Message-ID\` is \`<dlv_…@domain of the sender>\`, the same on every attempt.
${COPIES}`

/** What a provider's definition cannot say, by provider id. Markdown. A provider without notes has a page all the same. */
export const notes: Record<string, string | undefined> = {
  mailgun: `${MAIL}
- \`X-RateLimit-Reset\` of a \`429\` is read in milliseconds, after \`Retry-After\`.
- A \`404\` nearly always means the other region. A sandbox domain refuses addresses that were not authorised there; that concerns the one mail.
- The test of the settings is a message in Mailgun’s test mode, which a sending key may send and which nobody gets.
- The delivery’s id is sent as the variable \`delivery\`, for Mailgun’s webhooks.`,

  sendgrid: `${MAIL}
- SendGrid refuses \`;\` and \`,\` in names, so they become spaces.
- The delivery’s id is sent as the custom argument \`delivery\`, for SendGrid’s event webhook.
- The test of the settings is a request in sandbox mode, which sends nothing.`,

  postmark: `${MAIL}
- Somebody who bounced or complained before is inactive at Postmark: alone that switches the destination off; among others the mail is sent with a remark in the attempt’s record.
- The delivery’s id is sent as the metadata \`delivery\`, for Postmark’s webhooks.`,

  resend: `- The delivery’s id is the idempotency key, so an attempt that is repeated within a day sends no second mail.
${COPIES}
- The delivery’s id is sent as the tag \`delivery\` too, for Resend’s webhooks.`,

  ses: `- SES writes the \`Message-ID\` itself and knows no idempotency: after an attempt without an answer a mail may arrive twice.
- The user whose key it is needs the permission \`ses:SendEmail\`; with \`ses:GetAccount\` the test of the settings can tell more.
- In the sandbox SES writes to verified addresses only; that refusal concerns the one mail.
- The delivery’s id is sent as the tag \`delivery\`, for the events of a configuration set.`,

  smtp: `- The \`Message-ID\` is \`<dlv_…@domain of the sender>\`, the same on every attempt, so that a mail which was accepted twice is shown once by programs that look at it.
- Every mail carries \`Auto-Submitted: auto-generated\` (RFC 3834).
- A shared connection sends one mail with everybody in the envelope; blind copies stand in no header. What the server refused is in the attempt’s record, recipient by recipient: refused for some it is sent with a remark, refused for all it failed. Those whom the server wants in another mail (\`452 4.5.3\`) get the same one once more.
- Only a failed connection, TLS, sign-in or a \`421\` counts against the connection. A refused recipient concerns that destination alone.
- A failure after the message was handed over, without an answer, is not tried on the next connection: the server may have taken it.
- Ports 25, 465 and 587 are open to the guard; a private or local mail server must be in [CARILLON_OUTBOUND_ALLOW](../connections.md#the-outbound-guard).`,

  apprise: `- A person pastes up to ten URLs, and each is a place of its own: own delivery, own retries, own health. What the URL means is worked out when it is pasted, and a URL that is not complete is refused with the reason.
- A URL whose scheme is spoken here (the pages of the [providers](../providers.md) name theirs, and the refusal of an unknown one lists all) is handed to the provider that it means. For that no connection is needed, and none of an operator’s is used: what the URL does not say has the provider’s default.
- The webhook address that Discord, Slack, Feishu, Lark, Teams or Google Chat shows may be pasted as it is (\`https://…\`).
- Every other scheme, \`form://\` and \`xml://\` among them, goes through a connection to an Apprise API server; without one it is refused.
- What is special in a part of a URL is percent-encoded. \`to=\` names more than the path does. Of the arguments that every Apprise URL takes, \`verify=no\` is heard by the providers whose page has \`allowInvalidCertificate\`; everywhere else it is refused, and so are \`tag\`, and \`+Name=\`, \`-name=\` and \`:name=\` where nothing could be done with them. \`format\`, \`overflow\`, \`emojis\`, \`redirect\`, \`rto\`, \`cto\`, \`retry\`, \`wait\`, \`optional\`, \`tz\` and \`store\` change nothing: the hub formats, cuts, waits and repeats by itself, and follows no redirects.
- \`json://\` and \`jsons://\` get the body of the [webhook](webhook.md) provider, which says more than Apprise’s own; \`+Name=\` adds a header and \`-name=\` an argument of the address; \`:name=\` would have nothing to rename and is refused.
- A shared connection sends its URLs, or the configuration that the server keeps behind \`key\`, through the server it names.
- \`204\` means that the server delivered nothing, and is a failure. \`424\` hides which service refused: with one URL it is tried again, with several or a key three times in all, because the others may have been told.
- One code confirms the whole list; it is sent to every place in it that is not confirmed.`,

  mqtt: `- MQTT 3.1.1 with QoS 1: the broker’s acknowledgement is the acceptance. It may deliver a message twice; \`id\` in the payload is the same on every attempt.
- The payload is the body of the [webhook](webhook.md) provider.
- There is one connection to the broker, kept while it is used. It passes the [outbound guard](../connections.md#the-outbound-guard) like every other.
- \`mqtts://\` checks the broker’s certificate, with the system’s authorities or the one that the connection names.
- A refused sign-in (codes 1, 2, 4 and 5) counts against the connection; \`server unavailable\` (3) is tried again.`,

  script: `- Off until [CARILLON_SCRIPTS_DIR](../configuration.md) names the folder. A script is a regular file in it, executable, and writable by its owner only; links that lead out of the folder are refused. All of this is looked at again before every run. Such as this \`notify.sh\`, after \`chmod 755\`:

  \`\`\`sh
  #!/bin/sh
  logger -t bells "$carillon_severity: $carillon_title"
  \`\`\`

- It is started directly, without a shell, in an empty folder of its own. Arguments are split once at blanks; quotes keep together and nothing is expanded.
- The message comes as one line of JSON on standard input, the same as the [webhook](webhook.md)’s body, and as variables: \`carillon_eventtype\`, \`carillon_title\`, \`carillon_body\`, \`carillon_category\`, \`carillon_severity\`, \`carillon_priority\`, \`carillon_url\`, \`carillon_tags\`, \`carillon_topic\`, \`carillon_user\`, \`carillon_eventid\`, \`carillon_deliveryid\`, \`carillon_attempt\`, \`carillon_test\`, and \`carillon_data_<name>\` for every field of the data. Names are in lower case; inner objects are joined by \`_\`, lists by \`|\`. A value of more than 32 KiB is only in the JSON.
- Of the hub’s own environment a script sees \`LANG\`, \`LC_ALL\` and \`TZ\`; \`PATH\` is fixed and \`HOME\` is its folder.
- Events of Prowlarr’s kinds (type \`prowlarr.…\`, or category \`prowlarr\`) also come under the names that Prowlarr gives its custom scripts: \`prowlarr_eventtype\` is Grab, Health, HealthRestored, ApplicationUpdate or Test.
- Exit code 0 is sent, 75 is tried again, every other has failed, with the last line of its output (of its first 64 KiB; the rest is thrown away) in the attempt’s record. 126, 127 and what cannot be started counts against the connection.
- After 30 seconds the script and everything it has started is ended. Where the system allows a PID namespace (\`unshare\`) this includes what left its process group.
- Every run is in the audit log as \`script.run\`.`,

  webhook: `The request follows [Standard Webhooks](https://www.standardwebhooks.com/). Headers:

| Header | Content |
|---|---|
| \`webhook-id\` | the delivery id, the same on every attempt: keep it to recognise a repetition |
| \`webhook-timestamp\` | seconds since 1970, of this attempt |
| \`webhook-signature\` | \`v1,\` and the base64 of HMAC-SHA256 over \`id.timestamp.body\`; one per secret, separated by a space; absent without a secret |

The body:

\`\`\`json
{
  "id": "dlv_…",
  "eventId": "evt_…",
  "type": "build.failed",
  "category": "ci",
  "priority": "medium",
  "severity": "error",
  "title": "main is red",
  "body": "The build of main failed after 4 minutes.",
  "actions": [],
  "fields": [],
  "data": { "branch": "main", "minutes": 4 },
  "user": { "id": "ada" },
  "createdAt": "2026-01-01T08:00:00.000Z"
}
\`\`\`

\`url\` is there when the message has one, \`user\` when the delivery is for a user. Sensitive fields read \`********\` in \`data\`.

- Check the signature over the bytes of the body, before it is parsed. [docs/examples/catcher.mjs](../examples/catcher.mjs) does it in ten lines.
- Any 2xx is success; the answer’s body is not looked at. A redirect is not followed.
- \`404\` is tried again (a receiver may be deploying); \`410\` switches the destination off.
- A secret is \`whsec_\` and the base64 of 24 to 64 bytes: \`echo "whsec_$(openssl rand -base64 32)"\`. To replace it, give two, the new one first, until the receiver knows the new one.
- Headers that frame the request or carry the signature cannot be set.`,

  ntfy: `- A topic may be the whole address of a topic on another server. The connection’s token is never sent there; such a destination can have a token of its own. Its failures, and those of a topic with its own token, count against the destination alone; a topic that the server forbids (403) counts against nobody.
- A shared connection may name up to ten further topics; each gets every message. When one of them is to be tried again, all are: those that have the message get it twice.
- Priority \`low\`, \`high\` and \`urgent\` become 2, 4 and 5. With \`medium\` the severity decides: \`debug\` 1, \`info\` and \`success\` 3, \`warning\` 4, \`error\` and \`critical\` 5.
- The severity’s icon and up to five tags of the event are sent as ntfy tags.
- When a daily quota is used up the delivery waits until the next day, UTC.`,

  discord: `- Make the webhook in Discord: channel settings, Integrations, Webhooks. Its whole URL is the secret.
- The embed is kept within all of Discord’s limits, 6,000 characters in all included; texts are cut at whole characters.
- Nobody is ever pinged: \`allowed_mentions\` is empty, and text from data cannot become a mention or a link.
- A \`429\` is waited for as long as Discord says, body and headers read; the hub itself keeps below 50 requests per second.
- Unknown webhook (\`10015\`) switches the destination off; a missing thread concerns the connection’s health.
- The footer is the name of the hub (\`CARILLON_INSTANCE_NAME\`). Good news is green, a warning yellow, an error red.
- An event that Prowlarr reports is titled by its release or its health check, carries the instance name of that Prowlarr, and has the chosen fields that are not empty. A list of no fields means none; when nothing was chosen the template’s fields stay. The data has the shape of Prowlarr’s own webhook: \`instanceName\`, \`release.releaseTitle\`, \`release.indexer\`, \`downloadClient\`, \`trigger\`, \`source\`, \`host\` of a grab; \`level\`, \`message\`, \`type\`, \`wikiUrl\` of a health issue; \`previousVersion\`, \`newVersion\` of an update. It is known by its type (\`prowlarr.grab\`, \`prowlarr.health\`, \`prowlarr.health_restored\`, \`prowlarr.update\`), or by the category \`prowlarr\` with the kind in the type or in \`data.eventType\`.`,

  web_push: `- Make the keys once: \`POST /v1/connections/<id>/actions/generate-vapid\`. The private key is never shown. Another pair (\`{"replace": true}\`) ends every subscription: browsers have to subscribe again, and their owners are told in their inbox.
- A page asks \`GET /v1/me/push-key\`, subscribes with \`publicKey\` as \`applicationServerKey\`, and posts \`{...subscription.toJSON(), keyId}\` to \`/v1/me/devices\`.
- The endpoint must be one of a known push service, or of one that the connection lists; it must have no user name, and the hosts of browsers’ makers only count with https on port 443.
- The message is encrypted for the browser (RFC 8291). It is JSON: \`notificationId\`, \`title\`, \`body\`, \`url\`, \`image\`, \`badge\` (the number of unread entries), \`tag\`, \`type\`, \`severity\`, \`locale\`, \`createdAt\`, \`actions\`; 2,600 bytes at most: \`image\` and \`actions\`, then \`url\`, are left out before the text is cut below a quarter of that.
- \`404\` and \`410\` remove the browser from its owner’s devices; nothing else does.`,

  fcm: `- Devices: \`{"provider": "fcm", "platform": "android", "token": "…"}\`. A token belongs to whom registered it last.
- The access token is fetched from the \`token_uri\` of the key file, used by all messages and renewed five minutes before it ends; a \`401\` fetches another one, once.
- \`data\` carries \`notificationId\`, \`badge\` (the number of unread entries), \`url\` and \`type\`, all of them texts.
- \`UNREGISTERED\` and an invalid \`message.token\` remove exactly this device.
- Apps of several Firebase projects have a connection each. They are asked in their order until one knows the device; \`SENDER_ID_MISMATCH\` never removes it, so a wrong key file costs no registration.
- The test is a trial run (\`validate_only\`) to a topic: it reaches nobody.`,

  apns: `- Devices: \`{"provider": "apns", "platform": "ios", "token": "…", "environment": "sandbox"}\`. Without \`environment\` both places are tried.
- One HTTP/2 connection is kept to each place; the token is signed anew every 40 minutes. What a GOAWAY left unread is sent again, once.
- Beside \`aps\` the payload carries \`notificationId\`, \`url\` and \`type\`; \`badge\` is the number of unread entries.
- \`Unregistered\`, \`ExpiredToken\` and \`BadDeviceToken\` remove exactly this device. \`DeviceTokenNotForTopic\` does so where the device itself named its \`app\`; else the next connection is asked, since the app may be another one.`,
}
