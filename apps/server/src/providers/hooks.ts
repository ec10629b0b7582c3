import type { AppriseUrl } from './apprise-url.ts'
import { type Problem, urlProblems } from './urls.ts'

/** What is wrong with the address of an incoming webhook: it must be a web address whose path the vendor makes. */
export function webhookProblems(address: string | undefined, path: RegExp, example: string): Problem[] {
  const pointer = '/destination/webhookUrl'
  const problems = urlProblems(pointer, address)
  if (address !== undefined && problems.length === 0 && !path.test(URL.parse(address)?.pathname ?? ''))
    problems.push({ pointer, message: `must look like ${example}` })
  return problems
}

/** `https://host:port` of an Apprise URL whose scheme ends in `s` for TLS. */
export const serverOf = ({ secure, host, port }: AppriseUrl): string => `http${secure ? 's' : ''}://${host}${port === undefined ? '' : `:${port}`}`

/** The same, with what stands in its path before the last segment, which is a key or token. */
export const serverAbove = (url: AppriseUrl): string =>
  serverOf(url) +
  url.path
    .slice(0, -1)
    .map((segment) => `/${encodeURIComponent(segment)}`)
    .join('')
