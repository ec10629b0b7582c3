import { CarillonError } from '@carillon/client'
import { ConfigError } from '../config.ts'
import { didYouMean } from '../domain/nearest.ts'
import { fileTrouble } from '../storage/open-error.ts'
import { UsageError } from './command.ts'

/** The text for a failed command, and the exit code: 2 for wrong usage, 1 for everything else. `help` of the command names its options. */
export function explainError(command: string, error: unknown, help = ''): { text: string; code: 1 | 2 } {
  if (error instanceof ConfigError) return { text: error.message, code: 1 }
  const text = `carillon ${command}: ${unknownOption(error, help) ?? sentence(error)}`
  return isWrongUse(error) ? { text: `${text}\n\`carillon ${command} --help\` shows the usage.`, code: 2 } : { text, code: 1 }
}

/** An option that the command does not have; null for every other error. The words of `parseArgs` are about arguments that begin with a hyphen. */
function unknownOption(error: unknown, help: string): string | null {
  if (!(error instanceof TypeError) || !('code' in error) || error.code !== 'ERR_PARSE_ARGS_UNKNOWN_OPTION') return null
  const option = /'(--?[^']+)'/.exec(error.message)?.[1]
  if (option === undefined) return null
  const known = [...new Set(help.match(/--[a-z][a-z-]*/g))]
  return `there is no option ${option}${didYouMean(option, known)}`
}

function sentence(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (!(error instanceof CarillonError)) return fileSentence(error) ?? error.message
  const fields = error.errors.map(({ pointer, message }) => `\n  ${pointer} ${message}`).join('')
  const next = NEXT[error.code]
  return `${error.message} (${error.code})${fields}${next === undefined ? '' : `\n${next}`}`
}

/** What somebody at a terminal does about an answer, by code. */
const NEXT: Readonly<Record<string, string>> = {
  unreachable: 'Is the hub running there? Set its address with --url or CARILLON_URL.',
  unauthorized: 'Give a key of that hub with --key or CARILLON_KEY; on its machine `carillon keys list` shows which are valid.',
}

/** A file that a command was given cannot be used: its path and the fault in words. Null for every other error. */
function fileSentence(error: Error): string | null {
  if (!('path' in error) || typeof error.path !== 'string') return null
  const why = 'code' in error && error.code === 'ENOENT' ? 'there is no such file' : fileTrouble(error)
  return why === null ? null : `${error.path}: ${why}`
}

/** `parseArgs` errors have these codes: https://nodejs.org/api/errors.html#err_parse_args_unknown_option */
const isWrongUse = (error: unknown): boolean =>
  error instanceof UsageError || (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))
