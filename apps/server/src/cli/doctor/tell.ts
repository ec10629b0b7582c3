import type { Finding } from './finding.ts'

const MARK: Record<Finding['status'], string> = { ok: 'ok  ', warning: 'warn', failing: 'FAIL' }
const VERDICT: [status: Finding['status'], text: string][] = [
  ['failing', 'Some checks failed: see FAIL above.'],
  ['warning', 'The hub works; see the warnings above.'],
  ['ok', 'All checks passed.'],
]

/** The findings as text: one line each, with the remedy below. */
export function tellFindings(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ name }) => [...name].length))
  const lines = findings.flatMap(({ name, status, detail, remedy }) => [
    `${MARK[status]}  ${name}${' '.repeat(width - [...name].length)}  ${detail}`,
    ...(remedy === undefined ? [] : [`      ${' '.repeat(width)}  -> ${remedy}`]),
  ])
  const verdict = VERDICT.find(([status]) => findings.some((one) => one.status === status)) ?? VERDICT[2]!
  return [...lines, '', verdict[1]].join('\n')
}
