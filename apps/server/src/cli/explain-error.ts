import { CarillonError } from '@carillon/client'
import { ConfigError } from '../config.ts'
import { UsageError } from './command.ts'

/** What a person reads when a command failed, and the exit code: 2 for wrong use, 1 for everything else. */
export function explainError(command: string, error: unknown): { text: string; code: 1 | 2 } {
  if (error instanceof ConfigError) return { text: error.message, code: 1 }
  const text = `carillon ${command}: ${sentence(error)}`
  return isWrongUse(error) ? { text: `${text}\n\`carillon ${command} --help\` says how it is used.`, code: 2 } : { text, code: 1 }
}

function sentence(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (!(error instanceof CarillonError)) return error.message
  const fields = error.errors.map(({ pointer, message }) => `\n  ${pointer} ${message}`).join('')
  const next = error.code === 'unreachable' ? '\nIs the hub running there? --url or CARILLON_URL says where to look.' : ''
  return `${error.message} (${error.code})${fields}${next}`
}

/** `parseArgs` says so by its codes: https://nodejs.org/api/errors.html#err_parse_args_unknown_option */
const isWrongUse = (error: unknown): boolean =>
  error instanceof UsageError || (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))
