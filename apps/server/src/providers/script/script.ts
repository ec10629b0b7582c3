import { type Static, Type } from 'typebox'
import { SECOND } from '../../domain/time.ts'
import { defineProvider } from '../kit/define-provider.ts'
import { DeliveryError } from '../kit/delivery-error.ts'
import { text } from '../kit/fields.ts'
import { payloadOf } from '../kit/payload.ts'
import type { ScriptResult } from '../kit/scripts.ts'
import { truncate } from '../kit/truncate.ts'
import { splitArguments } from './arguments.ts'
import { scriptEnvironment } from './environment.ts'
import { LONGEST } from './scripts.ts'

/** Requests a retry: EX_TEMPFAIL of sysexits(3). */
const TRY_AGAIN = 75
/** Exit codes of `unshare` and shells when a program cannot be run (126) or is not found (127). */
const CANNOT_RUN = [126, 127]

const OFF = 'cannot be used: scripts are off until CARILLON_SCRIPTS_DIR names their folder'

const settings = Type.Object({
  path: text({
    title: 'Script',
    description: 'The name of a file in the scripts folder (notify.sh), or its absolute path. A test runs it.',
    examples: ['notify.sh'],
  }),
  arguments: Type.Optional(text({ title: 'Arguments', description: 'Separated by spaces; quotes group. Nothing is expanded.', 'x-advanced': true })),
})
type Settings = Static<typeof settings>

/** A script of the operator, from the folder `CARILLON_SCRIPTS_DIR`; started directly, never by a shell. */
export const script = defineProvider({
  local: true,
  id: 'script',
  name: 'Custom script',
  channel: 'script',
  inMain: true,
  docs: 'https://man7.org/linux/man-pages/man3/sysexits.h.3head.html',
  settings,
  destination: Type.Object({}),
  capabilities: { format: 'json', concurrency: 2 },

  async send({ settings, message, delivery, scripts }) {
    const args = vectorOf(settings)
    if (!scripts || args === null) throw misconfigured(scripts ? 'The arguments of the script end inside quotes' : `The script ${OFF}`)
    const found = scripts.find(settings.path)
    if (found.path === undefined) throw misconfigured(`The script ${found.problem}`)
    const result = await scripts
      .run({
        path: found.path,
        args,
        env: (home) => scriptEnvironment(message, delivery, home),
        input: `${JSON.stringify(payloadOf({ message, delivery }))}\n`,
        delivery: delivery.id,
      })
      .catch((cause: Error) => {
        throw misconfigured(`The script cannot be started: ${cause.message}`, cause)
      })
    if (result.code === 0) return {}
    throw refusal(result)
  },

  check({ settings: given }, { scripts }) {
    if (!given) return []
    const found = scripts?.find(given.path) ?? { problem: OFF }
    return [
      ...(found.problem === undefined ? [] : [{ pointer: '/settings/path', message: found.problem }]),
      ...(splitArguments(given.arguments ?? '') === null ? [{ pointer: '/settings/arguments', message: 'end inside quotes or after a backslash' }] : []),
    ]
  },
})

const vectors = new WeakMap<Settings, string[] | null>()

/** Cached per saved settings, which are frozen and the same object until they change. Null: unclosed quotes. */
function vectorOf(given: Settings): string[] | null {
  const known = vectors.get(given)
  if (known !== undefined) return known
  const vector = splitArguments(given.arguments ?? '')
  vectors.set(given, vector)
  return vector
}

const misconfigured = (sentence: string, cause?: Error) => new DeliveryError('misconfigured', sentence, { code: 'script', ...(cause && { cause }) })

function refusal({ code, ended, output }: ScriptResult): DeliveryError {
  // It may have done its work before it hung.
  if (ended === 'timeout')
    return new DeliveryError('temporary', `The script ran longer than ${LONGEST / SECOND} s and was stopped`, { code: 'timeout', maybeDelivered: true })
  if (code === null) return new DeliveryError('rejected', 'The script was killed by a signal', { code: 'signal' })
  const last = truncate(output.trim().split('\n').at(-1) ?? '', 200)
  const sentence = `The script ended with code ${code}${last === '' ? '' : `: ${last}`}`
  const options = { code: `exit_${code}`, status: code }
  if (code === TRY_AGAIN) return new DeliveryError('temporary', sentence, options)
  return new DeliveryError(CANNOT_RUN.includes(code) ? 'misconfigured' : 'rejected', sentence, options)
}
