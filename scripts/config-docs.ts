export interface Variable {
  name: string
  /** What it is when nobody says anything: a value, or `null` when `otherwise` tells it in words. */
  fallback: string | null
  otherwise?: string
  meaning: string
  example: string
}

/** Every variable that config.ts reads, by what it concerns. A test fails when one is missing here. */
export const GROUPS: { title: string; about?: string; variables: Variable[] }[] = [
  {
    title: 'Where it listens',
    variables: [
      { name: 'PORT', fallback: '8484', meaning: 'Port of the HTTP server. `0` takes any free one.', example: '80' },
      {
        name: 'HOST',
        fallback: '127.0.0.1',
        meaning:
          'Address to listen on. The default is reached from this machine only; `0.0.0.0` and `::` are every interface, and belong behind a proxy with TLS.',
        example: '0.0.0.0',
      },
      {
        name: 'CARILLON_BASE_URL',
        fallback: null,
        otherwise: '`http://HOST:PORT`',
        meaning:
          'Address under which people and applications reach the hub. It stands in mails, and its origin is the one that may open a WebSocket from a browser.',
        example: 'https://bells.example.com',
      },
      {
        name: 'CARILLON_TRUST_PROXY',
        fallback: 'false',
        meaning:
          'Whether `X-Forwarded-For` is believed: `true`, `false`, or the addresses of the proxies, separated by commas. Say `true` only when nobody can reach the hub around the proxy.',
        example: '10.0.0.0/8',
      },
    ],
  },
  {
    title: 'Where the data lies',
    variables: [
      {
        name: 'CARILLON_DATA_DIR',
        fallback: './data',
        meaning: 'Folder of the SQLite file and of the key file `secret.key`. It is made when it is missing. Back it up whole.',
        example: '/var/lib/carillon',
      },
      {
        name: 'CARILLON_DATABASE_URL',
        fallback: null,
        otherwise: '`carillon.db` in the data folder',
        meaning:
          '`sqlite:<file>` for one process, or `postgres://…` for any number of nodes. `carillon migrate`, or the next start, brings the schema up to date.',
        example: 'postgres://carillon:secret@db.example.com:5432/carillon',
      },
      {
        name: 'CARILLON_DISK_FLOOR_MB',
        fallback: '256',
        meaning: 'SQLite: below this much free space nothing is accepted (503 `storage_full`), so that what was accepted can still be delivered.',
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
        otherwise: 'no such key',
        meaning:
          'An API key with every scope that lives in the environment, at least 16 characters. For the first steps and emergencies; applications get keys of their own (`carillon keys create`).',
        example: '<openssl rand -hex 24>',
      },
      {
        name: 'CARILLON_SECRET_KEY',
        fallback: null,
        otherwise: 'the file `secret.key`, made at the first start (SQLite); required with PostgreSQL',
        meaning:
          'What secrets are encrypted with: an id, a colon, and the base64 of 32 random bytes (`echo "main:$(openssl rand -base64 32)"`). Several, separated by commas: the first encrypts, all decrypt. Without it what is encrypted is lost, so keep a copy apart from the database.',
        example: 'main:<openssl rand -base64 32>',
      },
    ],
  },
  {
    title: 'The world outside',
    variables: [
      {
        name: 'CARILLON_OUTBOUND_ALLOW',
        fallback: null,
        otherwise: 'public addresses only',
        meaning:
          'What may be called although it is not public: host names, addresses and ranges, each optionally with a port, separated by commas. A refused delivery names the value to add. See [the outbound guard](connections.md#the-outbound-guard).',
        example: 'ntfy.lan,10.1.0.0/16,[fd00::1]:8080',
      },
      {
        name: 'CARILLON_SCRIPTS_DIR',
        fallback: null,
        otherwise: 'scripts are off',
        meaning:
          'Folder (an absolute path) of the programs that connections of the provider [`script`](providers/script.md) may run. Nothing outside it runs, and nothing that others than its owner can write. What is in it runs with the rights of the hub, so only operators should be able to put files there.',
        example: '/etc/carillon/scripts',
      },
      { name: 'CARILLON_INSTANCE_NAME', fallback: 'Carillon', meaning: 'What the hub calls itself in mails.', example: 'Example Alerts' },
    ],
  },
  {
    title: 'How it works',
    variables: [
      {
        name: 'CARILLON_ROLE',
        fallback: 'all',
        meaning:
          '`all`, `api` (answers HTTP and accepts; plans and delivers nothing) or `worker` (plans and delivers). Several nodes need PostgreSQL; at least one must work.',
        example: 'worker',
      },
      {
        name: 'CARILLON_LEASE_SECONDS',
        fallback: '60',
        meaning:
          'How long a claimed delivery or task may go unheard of before another node takes it back, 1 to 3600. A dead process is usually noticed earlier.',
        example: '30',
      },
      {
        name: 'CARILLON_HIGH_WATER',
        fallback: '1000000',
        meaning: 'How many events may wait for their decisions before new ones are refused (503 `overloaded`).',
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
        meaning: 'Ends or misleads the process at a named point. Works only with `NODE_ENV=test`; with any other the hub does not start.',
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
    'What has to be known before the database can be opened is in the environment, and nothing else is: connections, event types, people and keys are data, changed over [HTTP](http.md) without a restart.',
    'All variables are read once, at start. When some are wrong, all of them are named and the hub does not start. An empty value counts as unset. `carillon doctor` looks whether the rest of the world agrees with them.',
    '**Secrets from files.** Every variable may be given as `<NAME>_FILE` instead: the path of a file that holds the value, as container platforms mount secrets. `CARILLON_ROOT_KEY_FILE=/run/secrets/root_key` keeps the key out of the environment, which child processes and crash reports see. Giving both is an error.',
    ...GROUPS.flatMap(({ title, variables }) => [`## ${title}`, tableOf(variables)]),
    '## For the commands',
    '`carillon send` and `carillon users` talk to a hub that is running, here or elsewhere. They read the variables above only to find it.',
    '| Variable | Unless set | Meaning |\n|---|---|---|\n| `CARILLON_URL` | `CARILLON_BASE_URL` | Where that hub answers; `--url` wins. |\n| `CARILLON_KEY` | `CARILLON_ROOT_KEY` | An API key of it; `--key` wins. |',
    '## Configuration in code',
    'What an application can report may also be defined in code, in [packs](event-types.md). `carillon serve` loads `carillon.config.ts` from the folder it is started in, or the file that `--config` names:',
    "```ts\nimport { defineEventType, definePack } from '@carillon/pack'\n\nconst builds = definePack({\n  name: 'builds',\n  eventTypes: [\n    defineEventType({\n      key: 'build.failed',\n      name: 'A build failed',\n      category: 'builds',\n      severity: 'error',\n      templates: { default: { title: '{{ data.project }} failed' } },\n    }),\n  ],\n})\n\nexport default { packs: [builds] }\n```",
    'Two packs that define the same event type keep the hub from starting.',
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
