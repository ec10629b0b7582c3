/** How many files and sockets a process started from this one may have open: Node raises its own limit to the hard one. Null when the system sets none. */
export function openFilesLimit(): number | null {
  const report: unknown = process.report.getReport()
  const limit = field(field(field(report, 'userLimits'), 'open_files'), 'hard')
  return typeof limit === 'number' ? limit : typeof limit === 'string' && /^\d+$/.test(limit) ? Number(limit) : null
}

const field = (value: unknown, name: string): unknown => (typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined)

/** Throws a sentence that says what to do when processes of the bench could not open so many. */
export function requireOpenFiles(count: number, limit = openFilesLimit()): void {
  if (limit !== null && limit < count)
    throw new Error(
      `This row needs ${count} open files in one process, and the limit is ${limit}: raise it with \`ulimit -Hn ${count}\` as root, or leave the row out.`,
    )
}
