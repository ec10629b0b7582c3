/** One instruction of a Dockerfile: `COPY`, and what stands behind it. */
export interface Instruction {
  name: string
  rest: string
}

export interface Stage {
  /** Of `AS`; empty without one. */
  name: string
  instructions: Instruction[]
}

/** The stages of a Dockerfile without line continuations, heredocs and variables: ours has none. */
export function parseDockerfile(text: string): Stage[] {
  const stages: Stage[] = []
  for (const line of text.split('\n')) {
    const { name, rest } = /^(?<name>[A-Z]+) (?<rest>.+)$/.exec(line)?.groups ?? {}
    if (name === undefined || rest === undefined) {
      if (line.trim() !== '' && !line.startsWith('#')) throw new Error(`not an instruction that is understood here: ${line}`)
      continue
    }
    if (name === 'FROM') stages.push({ name: / AS (\w+)$/.exec(rest)?.[1] ?? '', instructions: [] })
    const stage = stages.at(-1)
    if (stage === undefined) throw new Error(`${name} stands before FROM`)
    stage.instructions.push({ name, rest })
  }
  return stages
}

/** The words of an instruction in the exec form, `["node", "x"]`. */
export function execForm(rest: string): string[] {
  const words: unknown = JSON.parse(rest)
  if (!Array.isArray(words) || !words.every((word) => typeof word === 'string')) throw new Error(`not in the exec form: ${rest}`)
  return words
}

/** What `COPY` copies: the stage that it comes from, the paths, and the place. */
export function copied(rest: string): { from: string | null; paths: string[]; to: string } {
  const words = rest.split(' ')
  const from = words[0]?.startsWith('--from=') ? words.shift()?.slice('--from='.length) : undefined
  const to = words.pop() ?? ''
  return { from: from ?? null, paths: words, to }
}
