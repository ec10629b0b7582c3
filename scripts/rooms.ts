/**
 * The rooms of `apps/server/src` and what each may import: the one place where the layering of the hub is written down.
 * `scripts/import-rules.ts` makes lint rules of it, `scripts/import-graph.ts` proves it on the real imports.
 */
export interface Room {
  name: string
  /** Folders (with a slash at the end) and files of `apps/server/src` that belong to the room. */
  at: readonly string[]
  /** Rooms and single files, besides `domain/` and `errors.ts`, that this room may import. */
  may: readonly string[] | 'everything below'
  /** Rooms of which it may `import type`, and nothing else. */
  types?: readonly string[]
  /** Libraries that live here. */
  libraries?: readonly Library[]
  /** Files of the room that may open sockets. */
  sockets?: readonly string[]
  /** What to do instead of an import that is not allowed; the linter prints it. */
  instead: string
  /** Folders inside the room that are named like another room: the linter sees only the path of an import and cannot tell them apart. */
  namesakes?: readonly string[]
}

export type Library = keyof typeof LIBRARIES

/** Libraries that live in one place, and what everybody else does. */
export const LIBRARIES = {
  sql: {
    group: ['{kysely,pg}', 'kysely/**'],
    message: 'Kysely and pg live in storage/ and queue/ only. Give a store a function that says what is wanted, and take that function as a parameter.',
  },
  fastify: {
    group: ['fastify', '@fastify/**'],
    message: 'Fastify lives in http/ only. A service takes who asks (`Asker`) and plain values; the route reads the request.',
  },
  'node:http': {
    group: ['node:http'],
    message: 'Only http/ serves requests, and only security/ asks a proxy. To call another server, use the `http` that a provider is given.',
  },
  sockets: {
    group: ['{undici,nodemailer}', 'undici/**', 'nodemailer/**', 'node:{net,tls,dns,https,http2,dgram}', 'node:dns/**'],
    message:
      'Every outgoing connection passes the guard in providers/kit/http.ts. Use the `http` that a provider is given, or its `dial` for a socket of your own.',
  },
} as const satisfies Record<string, { group: readonly string[]; message: string }>

/** Rooms that every room above them may import. */
export const WORDS: readonly string[] = ['domain', 'errors']

const BY_PARAMETER =
  'Rooms do not know each other. Take what you need as a parameter, by an interface of your own; app/ hands in what fits. A word that several rooms share belongs to domain/.'

/** Lowest first: a room may import only what stands before it. */
export const ROOMS: readonly Room[] = [
  {
    name: 'domain',
    at: ['domain/'],
    may: [],
    instead: 'domain/ lies under every room and imports nothing but itself: no library, no Node, no room. Move the rule up, or the type down.',
  },
  { name: 'errors', at: ['errors.ts'], may: [], instead: 'errors.ts is a table that every room imports, so it imports nothing but domain/.' },
  { name: 'version', at: ['version.ts'], may: [], instead: 'version.ts imports nothing.' },
  { name: 'faults', at: ['faults.ts'], may: [], instead: 'Fault points know nothing of what they interrupt: app/ puts them around ports.' },
  {
    name: 'security',
    at: ['security/'],
    may: [],
    libraries: ['node:http'],
    sockets: [
      'security/outbound.ts',
      'security/open-socket.ts',
      'security/tunnel.ts',
      'security/http-connect.ts',
      'security/socks5.ts',
      'security/lookups.ts',
      'security/addresses.ts',
      'security/allow-list.ts',
      'security/trust.ts',
    ],
    instead: BY_PARAMETER,
  },
  { name: 'config', at: ['config.ts'], may: ['security'], instead: 'config.ts reads the environment before anything is built. Let app/ hand its values on.' },
  { name: 'log', at: ['log.ts'], may: ['config', 'security'], instead: BY_PARAMETER },
  { name: 'forms', at: ['forms/'], may: ['security'], instead: BY_PARAMETER },
  { name: 'catalogue', at: ['catalogue/'], may: ['forms'], instead: BY_PARAMETER },
  { name: 'recipients', at: ['recipients/'], may: [], instead: BY_PARAMETER },
  { name: 'routing', at: ['routing/'], may: [], instead: BY_PARAMETER },
  { name: 'rendering', at: ['rendering/'], may: [], instead: BY_PARAMETER },
  { name: 'inbox', at: ['inbox/'], may: [], instead: BY_PARAMETER },
  {
    name: 'providers/kit',
    at: ['providers/kit/'],
    may: ['security/outbound.ts', 'security/signatures.ts'],
    sockets: ['providers/kit/http*.ts', 'providers/kit/mail.ts', 'providers/kit/compose-mail.ts'],
    instead: 'The kit is what vendors are written with: it knows no vendor and no other room. Put what a vendor has to say into the contract.',
  },
  {
    name: 'providers',
    at: ['providers/'],
    may: ['providers/kit'],
    sockets: ['providers/smtp/*.ts'],
    instead: 'A vendor is written with providers/kit/ alone. What the hub has to do for it is a field or a hook of the contract (providers/kit/contract.ts).',
  },
  {
    name: 'connections',
    at: ['connections/'],
    may: ['forms', 'security', 'providers/kit'],
    instead: `${BY_PARAMETER} The list of providers comes in as a parameter too.`,
  },
  {
    name: 'delivery',
    at: ['delivery/'],
    may: ['providers/kit/contract.ts', 'providers/kit/delivery-error.ts'],
    instead: `${BY_PARAMETER} Of providers, delivery/ knows the contract and its error.`,
  },
  {
    name: 'flow',
    at: ['flow/'],
    may: ['delivery/job.ts', 'delivery/outcome.ts'],
    instead: 'Loops carry work without knowing what it means. Take the steps as functions; of delivery/ only the job and its outcome are known.',
  },
  { name: 'schedule', at: ['schedule/'], may: ['flow'], instead: 'schedule/ runs what it is given. Take the work as a function; app/ names it.' },
  {
    name: 'pipeline',
    at: ['pipeline/', 'pipeline.ts'],
    may: ['security', 'catalogue', 'recipients', 'routing', 'rendering', 'inbox', 'providers/kit', 'connections', 'delivery', 'flow'],
    instead: 'The pipeline declares the narrow port that it needs (see pipeline/fan-out.ts), and app/ hands it in. The types of tasks stand in domain/.',
  },
  {
    name: 'storage',
    at: ['storage/'],
    may: ['security', 'catalogue', 'routing', 'connections', 'inbox'],
    types: ['faults', 'recipients', 'rendering', 'delivery', 'flow', 'schedule', 'pipeline'],
    libraries: ['sql'],
    namesakes: ['operations'],
    instead: 'storage/ implements ports that rooms declare, and computes nothing of theirs. Take a value as a parameter, or move the rule to domain/.',
  },
  {
    name: 'queue',
    at: ['queue/'],
    may: [],
    types: ['storage'],
    libraries: ['sql'],
    instead: 'queue/ moves tasks whatever their kind: the types of tasks stand in domain/. Of storage/ it knows types.',
  },
  {
    name: 'operations',
    at: ['operations/'],
    may: ['version', 'security', 'catalogue', 'connections', 'flow', 'storage'],
    types: ['log', 'delivery', 'pipeline'],
    instead: 'operations/ shows what others did. Take a function that reads it, or import the type alone.',
  },
  {
    name: 'services',
    at: ['services/'],
    may: ['security', 'forms', 'catalogue', 'recipients', 'routing', 'rendering', 'inbox', 'providers/kit', 'connections', 'delivery'],
    types: ['schedule', 'pipeline', 'storage'],
    namesakes: ['operations'],
    instead: 'A service says what can be done, whoever asks. Take stores and the pipeline by their types (`import type`); app/ hands them in.',
  },
  {
    name: 'http',
    at: ['http/'],
    may: ['security', 'forms', 'inbox', 'services'],
    libraries: ['fastify', 'node:http'],
    sockets: ['http/listen.ts'],
    namesakes: ['connections'],
    instead: 'A route parses, calls a service and presents the answer. Put the rule into services/, the words into domain/, the parser of a form into forms/.',
  },
  {
    name: 'packs',
    at: ['packs/', 'packs.ts'],
    may: ['services', 'schedule'],
    instead: 'A pack reaches the hub through its context, which is made of services.',
  },
  { name: 'app', at: ['app/'], may: 'everything below', instead: 'app/ builds the hub; commands stand above it.' },
  { name: 'cli', at: ['cli/', 'cli.ts'], may: 'everything below', instead: 'Only main.ts stands above the commands.' },
  { name: 'main', at: ['main.ts', 'small-start.ts'], may: ['cli'], instead: 'main.ts only hands the process over to cli.ts.' },
]

/** The room of a file of `apps/server/src`; undefined when the table has no row for it. The longest place wins. */
export function roomOf(file: string, rooms: readonly Room[] = ROOMS): Room | undefined {
  const length = (room: Room) => Math.max(0, ...room.at.map((place) => (place === file || (place.endsWith('/') && file.startsWith(place)) ? place.length : 0)))
  return rooms.filter((room) => length(room) > 0).sort((a, b) => length(b) - length(a))[0]
}
