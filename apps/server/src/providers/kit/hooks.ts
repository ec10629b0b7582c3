import type { Problem } from './contract.ts'
import { urlProblems } from './urls.ts'

/** What is wrong with the address of an incoming webhook: it must be a web address whose path the vendor makes. */
export function webhookProblems(address: string | undefined, path: RegExp, example: string): Problem[] {
  const pointer = '/destination/webhookUrl'
  const problems = urlProblems(pointer, address)
  if (address !== undefined && problems.length === 0 && !path.test(URL.parse(address)?.pathname ?? ''))
    problems.push({ pointer, message: `must look like ${example}` })
  return problems
}
