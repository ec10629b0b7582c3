import type { Problem } from './contract.ts'
import { urlProblems } from './urls.ts'

/** Checks the address of an incoming webhook: it must be a web address with the vendor's path. */
export function webhookProblems(address: string | undefined, path: RegExp, example: string): Problem[] {
  const pointer = '/destination/webhookUrl'
  const problems = urlProblems(pointer, address)
  if (address !== undefined && problems.length === 0 && !path.test(URL.parse(address)?.pathname ?? ''))
    problems.push({ pointer, message: `must look like ${example}` })
  return problems
}
