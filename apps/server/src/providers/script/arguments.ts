/**
 * Splits a line of arguments like a shell, without running one: spaces separate, single and double quotes group, a backslash escapes the
 * next character (inside double quotes only `\` and `"`). Nothing is expanded. Null when a quote is not closed.
 */
export function splitArguments(line: string): string[] | null {
  const found: string[] = []
  let current: string | null = null
  let quote: '"' | "'" | null = null
  for (let i = 0; i < line.length; i++) {
    const char = line[i]!
    if (quote !== null) {
      if (char === quote) quote = null
      else if (quote === '"' && char === '\\' && (line[i + 1] === '"' || line[i + 1] === '\\')) current += line[++i]!
      else current += char
    } else if (char === '"' || char === "'") {
      quote = char
      current ??= ''
    } else if (char === '\\') {
      if (i === line.length - 1) return null
      current = (current ?? '') + line[++i]!
    } else if (char === ' ' || char === '\t') {
      if (current !== null) found.push(current)
      current = null
    } else current = (current ?? '') + char
  }
  if (quote !== null) return null
  if (current !== null) found.push(current)
  return found
}
