const COPIES =
  '- A mail needs a recipient. If a shared connection has only copies, they become recipients; if it has only several blind copies, the mail is addressed to the sender, so that the recipients do not see each other.'
const MAIL = `- The \`Message-ID\` is \`<dlv_…@domain of the sender>\`, the same on every attempt.
${COPIES}`

/** Notes for a provider's page that its definition cannot express, by provider id. Markdown; optional. */
export const notes: Record<string, string | undefined> = {
  mailgun: `${MAIL}
- \`X-RateLimit-Reset\` of a \`429\` is read in milliseconds, after \`Retry-After\`.
- A \`404\` nearly always means the wrong region. A sandbox domain refuses unauthorised addresses; that affects only the one mail.
- The settings are tested with a message in Mailgun’s test mode, which a sending key permits and which is not delivered.
- The delivery’s id is sent as the variable \`delivery\`, for Mailgun’s webhooks.`,

  sendgrid: `${MAIL}
- SendGrid refuses \`;\` and \`,\` in names, so they become spaces.
- The delivery’s id is sent as the custom argument \`delivery\`, for SendGrid’s event webhook.
- The settings are tested with a request in sandbox mode, which sends nothing.`,

  postmark: `${MAIL}
- Postmark marks addresses that bounced or complained as inactive. A mail to one inactive address switches the destination off; with several recipients the mail is sent to the others, and the attempt’s record says so.
- The delivery’s id is sent as the metadata \`delivery\`, for Postmark’s webhooks.`,

  resend: `- The delivery’s id is the idempotency key, so repeating an attempt within a day sends no second mail.
${COPIES}
- The delivery’s id is sent as the tag \`delivery\` too, for Resend’s webhooks.`,

  ses: `- SES sets the \`Message-ID\` itself and has no idempotency: after an attempt without a response a mail may arrive twice.
- The key’s user needs the permission \`ses:SendEmail\`; with \`ses:GetAccount\` the test of the settings can check more.
- In the sandbox SES sends to verified addresses only; a refusal affects only the one mail.
- The delivery’s id is sent as the tag \`delivery\`, for the events of a configuration set.`,

  graph: `- The mail is the MIME text that a mail server would get, with every header: \`Message-ID\`, \`Reply-To\`, \`Auto-Submitted\`. Exchange stores a copy in the folder Sent Items.
- Without a refresh token the application signs in as itself and sends as the mailbox of the sender; with one it sends as the person who signed in. [Sign-in to Google and Microsoft](../mail-sign-in.md) says where to click.
- Blind copies are in the \`Bcc\` header of the request, which Exchange removes. A mail with blind copies only names no recipient.
- The settings are tested with a request whose body cannot be sent: a refusal of the body means that sign-in, permission and mailbox were accepted.
- Exchange Online accepts 30 mails a minute and four requests at once for each mailbox, and up to 10,000 recipients a day. After \`ErrorExceededMessageLimit\` the connection waits an hour.`,

  smtp: `- The \`Message-ID\` is \`<dlv_…@domain of the sender>\`, the same on every attempt, so that mail programs that check it show a duplicate once.
- Every mail carries \`Auto-Submitted: auto-generated\` (RFC 3834) and \`X-Auto-Response-Suppress: All\` (Exchange), so that an absence is not answered.
- A shared connection sends one mail with all recipients in the envelope; blind copies appear in no header. The attempt’s record lists refused recipients. If some are refused, the delivery is \`sent\`; if all are, it fails. Recipients that the server wants in another mail (\`452 4.5.3\`) get a second copy of the same mail.
- A reply is read for its subject, whatever command it answers: a server may say at RCPT or DATA what it thinks of the hub, the sender or the account. What is about EHLO (\`helloName\`), the network address, relaying, encryption (\`security\`), the sign-in (\`username\`, \`password\`), the account or the sender (\`from\`) counts against the connection, and the mail is kept. A limit of the account pauses the connection: a minute for a rate, an hour, four hours for a daily limit, a day for a monthly one. A refused recipient counts against that destination only. Words that nobody knows are counted: see [refused alike](../delivery.md#refused-alike).
- EHLO says \`helloName\`, else the host of \`CARILLON_BASE_URL\`, else the name of the machine, each when it is fully qualified; else the address of the socket in brackets.
- Errors quote the server, also at the sign-in, without user name and password.
- \`starttls\` or \`none\` on port 465, and \`tls\` on 25, 587 or 2525, is a warning when saved. When such a server does not answer, the error names \`security\`.
- An address with letters beyond ASCII before its @ (\`jürgen@example.com\`) needs a server that offers SMTPUTF8; at any other it is refused with that reason. Domains are sent in ASCII (\`xn--…\`).
- After the message was transmitted, a failure without a response is not tried on the next connection: the server may have accepted the message.
- With \`"auth": "oauth2"\` the hub signs in by XOAUTH2: [sign-in to Google and Microsoft](../mail-sign-in.md). Access tokens are kept in memory and renewed before they expire; a refused one is renewed once.
- The outbound guard permits ports 25, 465 and 587; a private or local mail server must be in [CARILLON_OUTBOUND_ALLOW](../connections.md#the-outbound-guard).`,

  apprise: `- The server is told of Markdown only when the message has some: services without markup are handed Markdown as it is written.
- A person pastes up to ten URLs. Each has its own deliveries, retries and health. URLs are parsed when they are saved, and an incomplete URL is refused with the reason.
- A URL with a built-in scheme is sent by that scheme’s provider (each [provider’s page](../providers.md) names its schemes; the refusal of an unknown one lists all). This needs no connection and uses none of the operator’s: settings that the URL does not contain have the provider’s default.
- Webhook addresses of Discord, Slack, Feishu, Lark, Teams and Google Chat may be pasted unchanged (\`https://…\`).
- Every other scheme, \`form://\` and \`xml://\` among them, goes through a connection to an Apprise API server; without one it is refused.
- Percent-encode special characters in a URL. \`to=\` adds targets to those in the path; \`user=\` and \`pass=\` stand for what is before the @. Every argument is honoured, or refused by its name when the URL is pasted: \`priority\`, \`sound\`, \`thread\`, \`cc\`, \`image\` and the like where the provider has nothing like them, names that nobody knows, and arguments that are given twice; so are a user name, a password or parts of the path that a scheme does not read. A URL that was stored by an earlier version works as before. Of Apprise’s general arguments, \`verify=no\` works with the providers whose page has \`allowInvalidCertificate\` and is refused elsewhere; \`tag\` is refused, and so are \`+Name=\`, \`-name=\` and \`:name=\` where the provider has no use for them. \`+Name=value\` is a header for the server that the URL names, with ntfy, Gotify, Matrix, Bark, Signal and Apprise servers. \`format\`, \`overflow\`, \`emojis\`, \`interpret\`, \`redirect\`, \`rto\`, \`cto\`, \`retry\`, \`wait\`, \`optional\`, \`tz\` and \`store\` have no effect: the hub formats, cuts, waits and retries by its own rules, and follows no redirects.
- \`json://\` and \`jsons://\` get the body of the [webhook](webhook.md) provider, which has more fields than Apprise’s own; \`+Name=\` adds a header and \`-name=\` a query parameter; \`:name=\` has nothing to rename and is refused.
- A shared connection sends its URLs, or the configuration stored under \`key\`, through the server in its settings.
- \`204\` means that the server delivered nothing, and is a failure. \`424\` does not tell which service refused: with one URL it is retried; with several or a key it is tried three times in all, because the other services may have received the message.
- Each URL that a person pastes gets a confirmation code of its own, which confirms that URL only. A URL that names several mail recipients is refused, because one of them could confirm it for all: paste one URL for each. An application may store it.`,

  mqtt: `- MQTT 3.1.1 with QoS 1: the broker’s acknowledgement counts as acceptance. The broker may deliver a message twice; \`id\` in the payload is the same on every attempt.
- The payload is the body of the [webhook](webhook.md) provider.
- There is one connection to the broker, kept open while in use. The [outbound guard](../connections.md#the-outbound-guard) checks it like every other.
- \`mqtts://\` checks the broker’s certificate, against the system’s authorities and the connection’s \`caCertificate\`.
- \`mqtts://\` with port 1883 and \`mqtt://\` with port 8883 are warnings when saved, and the error of such a connection says what to choose.
- A refused sign-in (codes 1, 2, 4 and 5) counts against the connection; \`server unavailable\` (3) is retried.`,

  script: `- Off until [CARILLON_SCRIPTS_DIR](../configuration.md) names the folder. A script is a regular file in it, executable, without setuid and setgid, and writable by its owner only; links that lead out of the folder are refused. All of this is checked again before every run. Example, \`notify.sh\` after \`chmod 755\`:

  \`\`\`sh
  #!/bin/sh
  logger -t bells "$carillon_severity: $carillon_title"
  \`\`\`

- It is started directly, without a shell, in an empty temporary folder. Arguments are split at spaces; quotes group, and nothing is expanded.
- It gets the message as one line of JSON on standard input, the same as the [webhook](webhook.md)’s body, and as variables: \`carillon_eventtype\`, \`carillon_title\`, \`carillon_body\`, \`carillon_category\`, \`carillon_severity\`, \`carillon_priority\`, \`carillon_url\`, \`carillon_tags\`, \`carillon_topic\`, \`carillon_user\`, \`carillon_eventid\`, \`carillon_deliveryid\`, \`carillon_attempt\`, \`carillon_hops\`, \`carillon_test\`, and \`carillon_data_<name>\` for every field of the data. Names are in lower case; inner objects are joined by \`_\`, lists by \`|\`. A value above 32 KiB is only in the JSON.
- Of the hub’s environment a script gets \`LANG\`, \`LC_ALL\` and \`TZ\`; \`PATH\` is fixed and \`HOME\` is its folder.
- Events of Prowlarr’s kinds (type \`prowlarr.…\`, or category \`prowlarr\`) also have the variable names of Prowlarr’s custom scripts: \`prowlarr_eventtype\` is Grab, Health, HealthRestored, ApplicationUpdate or Test.
- Exit code 0 means sent, 75 means retry, any other means failed. The attempt’s record has the last line of output (of the first 64 KiB; the rest is discarded). Exit codes 126 and 127, and a script that cannot be started, count against the connection.
- After 30 seconds the script and its child processes are killed. Where the system permits a PID namespace (\`unshare\`) this includes processes that left its process group.
- Every run is in the audit log as \`script.run\`.`,

  webhook: `The request follows [Standard Webhooks](https://www.standardwebhooks.com/). Headers:

| Header | Content |
|---|---|
| \`webhook-id\` | the delivery id, the same on every attempt: remember it to detect duplicates |
| \`webhook-timestamp\` | seconds since 1970, of this attempt |
| \`webhook-signature\` | \`v1,\` and the base64 of HMAC-SHA256 over \`id.timestamp.body\`; one per secret, separated by a space; absent without a secret |
| \`carillon-hops\` | how many hubs the event has passed: send it along when you report an event from this message, see [loops](../http.md#loops-between-hubs) |

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

\`url\` is present when the message has one, \`user\` when the delivery is for a user. Sensitive fields are \`********\` in \`data\`.

- Verify the signature over the raw bytes of the body, before parsing. [docs/examples/catcher.mjs](../examples/catcher.mjs) does it in ten lines.
- Any 2xx is success; the response body is ignored. A redirect is not followed.
- \`404\` is retried (a receiver may be deploying); \`410\` switches the destination off.
- A secret is \`whsec_\` and the base64 of 24 to 64 bytes: \`echo "whsec_$(openssl rand -base64 32)"\`. To replace it, give two, the new one first, until the receiver has the new one.
- Headers that frame the request or carry the signature cannot be set.`,

  ntfy: `- Markdown is announced only when the message has some: otherwise the text is sent as it was typed. The Android app and the web app show Markdown; the iOS app shows it as it is written, so a connection or a topic can switch it off (\`markdown: false\`).
- A topic may be the full address of a topic on another server. The connection’s token is never sent there; such a destination can have its own token. Its failures, and those of a topic with its own token, count against the destination only; a forbidden topic (403) counts against neither connection nor destination.
- A shared connection may name up to ten further topics; each gets every message. A retry sends only to the topics that do not have the message yet.
- Priority \`low\`, \`high\` and \`urgent\` become 2, 4 and 5. With \`medium\` the severity decides: \`debug\` 1, \`info\` and \`success\` 3, \`warning\` 4, \`error\` and \`critical\` 5.
- The severity’s icon and up to five tags of the event are sent as ntfy tags.
- When a daily quota is used up, the delivery waits until the next day, UTC.`,

  discord: `- Create the webhook in Discord: channel settings, Integrations, Webhooks. Its whole URL is the secret. \`?thread_id=\` in it is honoured, \`wait\` has no effect; any other argument is refused.
- A link or picture whose host has no dot (\`http://bugsink:8000/…\`) is refused by Discord: the message is sent without it, with the address in the text.
- The embed respects all of Discord’s limits, including 6,000 characters in total; texts are cut at whole characters.
- Nobody is pinged: \`allowed_mentions\` is empty, and text from data cannot become a mention or a link.
- After a \`429\` the hub waits as long as Discord says in body or headers; by itself it stays below 50 requests per second.
- Unknown webhook (\`10015\`) switches the destination off; a missing thread counts against the connection’s health.
- The footer is the name of the hub (\`CARILLON_INSTANCE_NAME\`). Success is green, a warning yellow, an error red.
- An event reported by Prowlarr has its release or health check as the title, the instance name of that Prowlarr, and the selected fields that are not empty. An empty list of fields means none; without a selection the template’s fields are used. The data has the shape of Prowlarr’s own webhook: \`instanceName\`, \`release.releaseTitle\`, \`release.indexer\`, \`downloadClient\`, \`trigger\`, \`source\`, \`host\` of a grab; \`level\`, \`message\`, \`type\`, \`wikiUrl\` of a health issue; \`previousVersion\`, \`newVersion\` of an update. Such an event is recognised by its type (\`prowlarr.grab\`, \`prowlarr.health\`, \`prowlarr.health_restored\`, \`prowlarr.update\`), or by the category \`prowlarr\` with the kind in the type or in \`data.eventType\`.`,

  gotify: `- Markdown is announced only when the message has some: otherwise the text is sent as it was typed.`,

  zulip: `- Zulip honours no backslash. Stars and backticks of data are sent as numbered character references (\`&#42;\`), which Zulip shows as the signs.
- An emoji in a template (\`:bell:\`) is one; data’s are text. Calls (\`@**name**\`) cannot be written in a template.`,

  mattermost: `- Data cannot call anybody, link a channel or become an emoji. An author’s emoji is one; \`@all\` of an author calls only in a text for this channel alone.
- On a server with LaTeX switched on, two dollar signs enclose a formula.`,

  rocketchat: `- Its notation has escapes for six signs, and none in emphasis or labels. Text that needs one there is written without emphasis; a label with \`<\`, \`>\` or \`|\` stands before its address.
- Names of hosts, mail addresses and telephone numbers in texts become links. A letter before a dot begins such a name, which may take a backslash directly behind it.
- Data cannot call anybody, link a channel or become an emoji. An author’s emoji is one; \`@all\` of an author calls only in a text for this channel alone.`,

  slack: `- Signs of emphasis and short codes of emoji in data stand between zero-width spaces; addresses in data are links to themselves.
- An author’s emoji is one, in titles too; \`<!channel>\` and \`<@U…>\` of an author call only in a text for this channel alone.`,

  telegram: `- \`@name\` in data or in a text for every channel calls nobody; that of an author in a text for this channel alone does.`,

  web_push: `- Generate the keys once; until then the connection has a warning: \`POST /v1/connections/<id>/actions/generate-vapid\`. The private key is never shown. A new pair (\`{"replace": true}\`) ends every subscription: browsers must subscribe again, and their owners are notified in the inbox.
- A page asks \`GET /v1/me/push-key\`, subscribes with \`publicKey\` as \`applicationServerKey\`, and posts \`{...subscription.toJSON(), keyId}\` to \`/v1/me/devices\`.
- The endpoint must belong to a known push service or to one that the connection lists. It must have no user name, and the browser vendors’ hosts require https on port 443.
- The message is encrypted for the browser (RFC 8291). It is JSON: \`notificationId\`, \`title\`, \`body\`, \`url\`, \`image\`, \`badge\` (the number of unread entries), \`tag\`, \`type\`, \`severity\`, \`locale\`, \`createdAt\`, \`actions\`; 2,600 bytes at most: \`image\` and \`actions\`, then \`url\`, are left out before the text is cut below a quarter of that.
- The contact (\`subject\`) is sent to push services and never called, so the outbound guard does not judge it. A name that others cannot look up, such as \`hub.invalid\`, gives a warning: services that check it refuse every message.
- Only \`404\` and \`410\` remove the browser from its owner’s devices.`,

  fcm: `- Devices: \`{"provider": "fcm", "platform": "android", "token": "…"}\`. A token belongs to the user who registered it last.
- The access token is fetched from the \`token_uri\` of the key file, used by all messages and renewed five minutes before it expires; after a \`401\` a new one is fetched, once.
- \`data\` carries \`notificationId\`, \`badge\` (the number of unread entries), \`url\` and \`type\`, all as strings.
- \`UNREGISTERED\` and an invalid \`message.token\` remove only this device.
- Apps of several Firebase projects need one connection each. They are tried in order until one knows the device; \`SENDER_ID_MISMATCH\` never removes it, so a wrong key file deletes no registration.
- The test is a dry run (\`validate_only\`) to a topic: nobody receives it.`,

  apns: `- Devices: \`{"provider": "apns", "platform": "ios", "token": "…", "environment": "sandbox"}\`. Without \`environment\` both environments are tried.
- One HTTP/2 connection is kept to each environment; the token is signed again every 40 minutes. Requests that a GOAWAY left unprocessed are sent again, once.
- In addition to \`aps\` the payload has \`notificationId\`, \`url\` and \`type\`; \`badge\` is the number of unread entries.
- \`Unregistered\`, \`ExpiredToken\` and \`BadDeviceToken\` remove only this device. \`DeviceTokenNotForTopic\` removes it if the device itself named its \`app\`; otherwise the next connection is tried, since it may serve the device’s app.`,
}
