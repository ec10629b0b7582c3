export interface Variable {
  name: string
  /** The default: a value, or `null` when `otherwise` describes it in words. */
  fallback: string | null
  otherwise?: string
  meaning: string
  example: string
}

/** Every variable that config.ts reads, by topic. A test fails when one is missing here. */
export const GROUPS: { title: string; about?: string; variables: Variable[] }[] = [
  {
    title: 'Network',
    variables: [
      { name: 'PORT', fallback: '8484', meaning: 'Port of the HTTP server. `0` takes any free one.', example: '80' },
      {
        name: 'HOST',
        fallback: '127.0.0.1',
        meaning:
          'Address to listen on. The default is reachable from this machine only. `0.0.0.0` and `::` listen on every interface; use them behind a proxy with TLS. A name listens on each of its addresses that this machine has; `localhost` is 127.0.0.1 and ::1.',
        example: '0.0.0.0',
      },
      {
        name: 'CARILLON_BASE_URL',
        fallback: null,
        otherwise: '`http://HOST:PORT`',
        meaning: 'Address under which people and applications reach the hub. Mails contain it. Pages of its origin may always call the hub.',
        example: 'https://bells.example.com',
      },
      {
        name: 'CARILLON_ALLOWED_ORIGINS',
        fallback: null,
        otherwise: 'the hub’s own origin only',
        meaning:
          'Origins whose pages may call the hub from a browser, separated by commas, each exactly as the browser sends it: scheme, host, and a port that is not the usual one. `*` allows every page that has a token; the hub warns of it at start. See [browser](browser.md).',
        example: 'https://app.example.com,http://localhost:5173',
      },
      {
        name: 'CARILLON_APPLICATION_URL',
        fallback: null,
        otherwise: 'paths are refused',
        meaning:
          'Address of the application that reports events. A `url` of an event, a link or a button that is a path (`/orders/5`) leads below it, in every channel and in the inbox. Unless it is set, such a path is refused with 422 `invalid_field`.',
        example: 'https://shop.example.com',
      },
      {
        name: 'CARILLON_TRUST_PROXY',
        fallback: 'false',
        meaning:
          'Whether to trust `X-Forwarded-For`: `true`, `false`, or the addresses of the proxies, separated by commas. Use `true` only when the hub cannot be reached without the proxy.',
        example: '10.0.0.0/8',
      },
    ],
  },
  {
    title: 'Data',
    variables: [
      {
        name: 'CARILLON_DATA_DIR',
        fallback: './data',
        meaning:
          'Folder of the SQLite file and of the key file `secret.key`. It is created if missing. Its backup is [`carillon backup`](deploy/backup.md), and a copy of the key in another place.',
        example: '/var/lib/carillon',
      },
      {
        name: 'CARILLON_DATABASE_URL',
        fallback: null,
        otherwise: '`carillon.db` in the data folder',
        meaning: '`sqlite:<file>` for one process, or `postgres://…` for any number of nodes. `carillon migrate`, or the next start, migrates the schema.',
        example: 'postgres://carillon:secret@db.example.com:5432/carillon',
      },
      {
        name: 'CARILLON_DISK_FLOOR_MB',
        fallback: '256',
        meaning: 'SQLite: with less free space no event is accepted (503 `storage_full`), so that accepted events can still be delivered.',
        example: '1024',
      },
    ],
  },
  {
    title: 'Keys',
    variables: [
      {
        name: 'CARILLON_ROOT_KEY',
        fallback: null,
        otherwise: 'no root key',
        meaning:
          'An API key with every scope, at least 16 characters without blanks (`openssl rand -hex 24` makes one). For first use and emergencies; give applications their own keys (`carillon keys create`).',
        example: '9f2c6e01d7b84a3f5c60e1b2',
      },
      {
        name: 'CARILLON_SECRET_KEY',
        fallback: null,
        otherwise: 'the file `secret.key`, created at the first start (SQLite); required with PostgreSQL',
        meaning:
          'The key that encrypts secrets: an id, a colon, and the base64 of 32 random bytes (`echo "main:$(openssl rand -base64 32)"`). Several, separated by commas: the first encrypts, all decrypt. Secrets cannot be decrypted without it, so keep a copy apart from the database. [How to change it](secret-key.md).',
        example: 'main:<openssl rand -base64 32>',
      },
    ],
  },
  {
    title: 'Outbound connections, scripts and mail',
    variables: [
      {
        name: 'CARILLON_OUTBOUND_ALLOW',
        fallback: null,
        otherwise: 'public addresses only',
        meaning:
          'Non-public addresses that connections, event types and applications may name: host names, addresses and ranges, each optionally with a port, separated by commas. A refused delivery names the value to add. See [the outbound guard](connections.md#the-outbound-guard).',
        example: 'ntfy.lan,10.1.0.0/16,[fd00::1]:8080',
      },
      {
        name: 'CARILLON_OUTBOUND_ALLOW_USERS',
        fallback: null,
        otherwise: 'public addresses only',
        meaning:
          'The same for addresses that people name, with a user token: the servers that anybody here may have called. A range that opens every private address is refused.',
        example: 'ntfy.lan:443',
      },
      {
        name: 'CARILLON_OUTBOUND_PROXY',
        fallback: null,
        otherwise: 'no proxy',
        meaning:
          'Proxy of every outgoing connection, for every protocol: `http://`, `https://` (HTTP CONNECT) or `socks5://`, with user name and password percent-encoded. A connection may have its own (`settings.proxy`). What `CARILLON_OUTBOUND_ALLOW` permits although it is private is reached directly. See [the outbound proxy](connections.md#outbound-proxy).',
        example: 'http://bells:secret@proxy.example.com:3128',
      },
      {
        name: 'CARILLON_OUTBOUND_PROXY_RESOLVES',
        fallback: 'false',
        meaning:
          'Whether proxies are asked for names, where the hub itself cannot resolve them. Addresses that people name are then refused, because nobody can check where they lead.',
        example: 'true',
      },
      {
        name: 'CARILLON_SCRIPTS_DIR',
        fallback: null,
        otherwise: 'scripts are off',
        meaning:
          'Folder (an absolute path) of the scripts that connections of the provider [`script`](providers/script.md) may run. Files outside it, files writable by anyone but their owner, and setuid or setgid files do not run. Scripts run with the rights of the hub, so only operators should be able to write to the folder.',
        example: '/etc/carillon/scripts',
      },
      { name: 'CARILLON_INSTANCE_NAME', fallback: 'Carillon', meaning: 'The hub’s name in mails.', example: 'Example Alerts' },
    ],
  },
  {
    title: 'Processes and logging',
    variables: [
      {
        name: 'CARILLON_ROLE',
        fallback: 'all',
        meaning:
          '`all`, `api` (serves HTTP and accepts events; plans and delivers nothing) or `worker` (plans and delivers). Several nodes need PostgreSQL; at least one must be `all` or `worker`. An `api` node answers sooner, but every event that it accepts becomes a task, which another node claims, plans and sends in commits of its own. An event that names at most 25 people is planned by an `all` node in the commit of its 202, and its deliveries begin at once. So nodes that take reports are `all`, unless they must do as little as possible.',
        example: 'worker',
      },
      {
        name: 'CARILLON_SEND_THREADS',
        fallback: null,
        otherwise: '1 with more than one core, else 0',
        meaning:
          'Threads that render, sign and send while the hub is busy, beside the main one, at most 16; `0` = the main thread does it. One thread is enough for what one main thread can plan and record. A thread starts when it is needed and takes about 60 MB, and up to 512 MB more for its heap before it is ended, and so does one more, in which deliveries run alone after a thread died: two at the default, at most 17 and 10 GB. Mail over SMTP and Graph, MQTT, APNs, scripts and the log channel are sent in the main thread.',
        example: '4',
      },
      {
        name: 'CARILLON_LEASE_SECONDS',
        fallback: '60',
        meaning:
          'How long a claimed delivery or task may go without a lease renewal before another node takes it back, 1 to 3600. The death of a process is usually detected earlier.',
        example: '30',
      },
      {
        name: 'CARILLON_HIGH_WATER',
        fallback: '1000000',
        meaning: 'How many events may wait for fan-out before new ones are refused (503 `overloaded`).',
        example: '100000',
      },
      {
        name: 'CARILLON_LOG_LEVEL',
        fallback: 'info',
        meaning: '`debug`, `info`, `warn`, `error` or `silent`. Lines are JSON on standard output; secrets are masked.',
        example: 'warn',
      },
    ],
  },
  {
    title: 'For tests of the hub itself',
    variables: [
      {
        name: 'CARILLON_FAULT',
        fallback: null,
        otherwise: 'none',
        meaning: 'Injects a fault at a named point. Works only with `NODE_ENV=test`; otherwise the hub does not start.',
        example: 'lease.after_claim@3=kill',
      },
    ],
  },
]

/** docs/configuration.md. */
export function configPage(): string {
  return [
    '<!-- Made by scripts/docs.ts from scripts/config-docs.ts; do not edit. -->',
    '# Configuration',
    'The environment contains only the settings that are needed before the database can be opened. Connections, event types, people and keys are data, changed over [HTTP](http.md) without a restart.',
    'All variables are read once, at start. If any are invalid, the hub lists them all and does not start. An empty value counts as unset, blanks and line ends around a value are not part of it, and quotes around it are refused: some tools pass them on. `carillon doctor` checks the environment against the database, the connections and the running hub.',
    '**Secrets from files.** Every variable may be given as `<NAME>_FILE` instead: the path of a file with the value, as container platforms mount secrets. `CARILLON_ROOT_KEY_FILE=/run/secrets/root_key` keeps the key out of the environment, which is visible to child processes and in crash reports. Setting both is an error.',
    ...GROUPS.flatMap(({ title, variables }) => [`## ${title}`, tableOf(variables)]),
    '## Command line',
    '`carillon send`, `why`, `deliveries`, `connections` and `users` connect to a running hub, local or remote. They read the variables above only to find it. `CARILLON_URL_FILE` and `CARILLON_KEY_FILE` name files.',
    '| Variable | Unless set | Meaning |\n|---|---|---|\n| `CARILLON_URL` | `CARILLON_BASE_URL` | Address of that hub; `--url` takes precedence. |\n| `CARILLON_KEY` | `CARILLON_ROOT_KEY` | An API key of that hub; `--key` takes precedence. |',
    '## Configuration in code (packs)',
    'Event types may also be defined in code, in [packs](event-types.md#event-types-in-code-packs). `carillon serve` loads `carillon.config.ts` from the current folder, or the file that `--config` names:',
    "```ts\nimport { defineEventType, definePack } from '@carillon/pack'\n\nconst builds = definePack({\n  name: 'builds',\n  eventTypes: [\n    defineEventType({\n      key: 'build.failed',\n      name: 'A build failed',\n      category: 'builds',\n      severity: 'error',\n      templates: { default: { title: '{{ data.project }} failed' } },\n    }),\n  ],\n})\n\nexport default { packs: [builds] }\n```",
    'The hub does not start when two packs define the same event type.',
    '',
  ].join('\n\n')
}

function tableOf(variables: readonly Variable[]): string {
  const rows = variables.map(({ name, fallback, otherwise, meaning, example }) => {
    const unless = fallback === null ? (otherwise ?? '') : `\`${fallback}\``
    return `| \`${name}\` | ${unless} | ${meaning} | \`${example}\` |`
  })
  return ['| Variable | Unless set | Meaning | Example |', '|---|---|---|---|', ...rows].join('\n')
}
