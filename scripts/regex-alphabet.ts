// Which characters an expression tells apart.

/** A kind of characters: those that no class of the expression tells apart. */
export type Kind = number

export interface Alphabet {
  kinds: readonly Kind[]
  /** The kinds that a leaf matches. */
  of(leaf: string): ReadonlySet<Kind>
  /** One character of a kind. */
  sample(kind: Kind): string
}

/** One of each sort of characters that classes usually tell apart. */
const USUAL = [
  ...Array.from({ length: 0x180 }, (_, code) => code),
  ...[0x17f, 0x250, 0x300, 0x3b1, 0x430, 0x5d0, 0x61c, 0x627, 0x660, 0x900, 0x1e9e, 0x200b, 0x200d, 0x200e, 0x2028, 0x2029, 0x202a, 0x2066, 0x20ac, 0x212a],
  ...[0x2603, 0x3000, 0x3005, 0x3042, 0x30ce, 0x30fc, 0x4e2d, 0xac00, 0xd83d, 0xde00, 0xe000, 0xfdd0, 0xfdd1, 0xfdd2, 0xfe0f, 0xfeff, 0xfffe],
]
const BEYOND = [0x10800, 0x10ffff, 0x1f600, 0x1e900, 0x20000]

/** Sorts sample characters by the leaves that match them. The samples are the usual ones and the neighbours of what the source names. */
export function alphabetOf(source: string, flags: string, leaves: readonly string[]): Alphabet {
  const samples = [...new Set([...USUAL, ...(flags.includes('u') ? BEYOND : []), ...named(source)])].map((code) => String.fromCodePoint(code))
  const unique = [...new Set(leaves)]
  const tests = unique.map((leaf) => new RegExp(`^(?:${leaf})$`, flags.replace(/[^ius]/g, '')))
  const byKinds = new Map<string, Kind>()
  const first: string[] = []
  const members = unique.map(() => new Set<Kind>())
  for (const sample of samples) {
    const signature = tests.map((test) => (test.test(sample) ? '1' : '0')).join('')
    const kind = byKinds.get(signature) ?? byKinds.size
    byKinds.set(signature, kind)
    // A letter shows better than a control character.
    if (first[kind] === undefined || !/[!-~]/.test(first[kind])) first[kind] = sample
    for (const [i, set] of members.entries()) if (signature[i] === '1') set.add(kind)
  }
  const sets = new Map(unique.map((leaf, i) => [leaf, members[i] ?? new Set<Kind>()]))
  return { kinds: [...byKinds.values()], of: (leaf) => sets.get(leaf) ?? new Set(), sample: (kind) => first[kind] ?? '' }
}

/** Characters that the source writes, as themselves or by number, with their neighbours and other cases. */
function named(source: string): number[] {
  const written = [...source].map((sign) => sign.codePointAt(0) ?? 0)
  const numbered = [...source.matchAll(/\\(?:u\{([\da-f]{1,6})\}|u([\da-f]{4})|x([\da-f]{2}))/gi)].map(([, ...hex]) =>
    Number.parseInt(hex.find(Boolean) ?? '0', 16),
  )
  return [...written, ...numbered]
    .flatMap((code) => {
      const cased = [String.fromCodePoint(code).toUpperCase(), String.fromCodePoint(code).toLowerCase()].map((text) => text.codePointAt(0) ?? 0)
      return [code - 1, code, code + 1, ...cased]
    })
    .filter((code) => code >= 0 && code <= 0x10ffff)
}
