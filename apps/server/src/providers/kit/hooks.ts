import type { Problem } from './contract.ts'
import { urlProblems } from './urls.ts'

/** Checks the address of an incoming webhook: it must be a web address with the vendor's path. `reads`: see `argumentProblems`. */
export function webhookProblems(address: string | undefined, path: RegExp, example: string, reads?: readonly string[]): Problem[] {
  const pointer = '/destination/webhookUrl'
  const problems = urlProblems(pointer, address)
  if (address !== undefined && problems.length === 0 && !path.test(URL.parse(address)?.pathname ?? ''))
    problems.push({ pointer, message: `must look like ${example}` })
  return problems.length > 0 || reads === undefined ? problems : argumentProblems(pointer, address, reads)
}

/**
 * The arguments of a pasted address that would be dropped without a word: each is read (`reads`) or refused by its name, and none may be given
 * twice. A fragment is never sent.
 */
export function argumentProblems(pointer: string, address: string | undefined, reads: readonly string[]): Problem[] {
  const url = URL.parse(address ?? '')
  if (url === null) return []
  const names = [...url.searchParams.keys()]
  const refused = (message: string): Problem => ({ pointer, message })
  const unknown = [...new Set(names)]
    .filter((name) => !reads.includes(name))
    .map((name) => refused(`has the argument ${shown(name)}, which cannot be honoured here; leave it out`))
  const twice = [...new Set(names.filter((name, i) => names.indexOf(name) !== i))].map((name) => refused(`has the argument ${shown(name)} twice`))
  return [...unknown, ...twice, ...(url.hash === '' ? [] : [refused('must not contain a fragment (#…), which is never sent')])]
}

/** A name is repeated only where it looks like one: a token may stand in its place. */
const shown = (name: string): string => (/^[\w.-]{1,32}$/.test(name) ? name : 'after the ?')
