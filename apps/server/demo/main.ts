// Only this file touches the process.
import { parseArgs } from 'node:util'
import { onStopSignals } from '../src/cli/stop-signals.ts'
import { type Demo, playDemo } from './demo.ts'
import { createLook } from './look.ts'
import { subjectOf } from './mail-text.ts'

const HELP = `npm run demo [-- --once] [-- --refuse mail|webhook]

Starts a hub and test servers on this machine, sends three events and prints what was delivered where. Runs until Ctrl-C.
  --once           exits afterwards: 0 if exactly the expected messages arrived, else 1
  --refuse <what>  the mail server or the web server refuses everything, to show that the demo detects it`

process.exitCode = await main(process.argv.slice(2))

async function main(args: string[]): Promise<number> {
  const { once, refuse, help } = options(args)
  if (help || (refuse !== undefined && refuse !== 'mail' && refuse !== 'webhook')) {
    say(HELP)
    return help ? 0 : 2
  }
  const look = createLook(process.stdout.isTTY && !process.env['NO_COLOR'])
  const demo = await playDemo({ say, look, refusing: refuse })
  for (const problem of demo.problems) say(`  ${look.bad('✗')} ${problem}`)
  say(demo.problems.length === 0 ? look.good('  Everything that was promised has arrived, and nothing else.') : look.bad('  Not everything went as promised.'))
  if (!once) await untilInterrupted(demo)
  await demo.stop()
  return demo.problems.length === 0 ? 0 : 1
}

function options(args: string[]) {
  try {
    const known = { once: { type: 'boolean' }, refuse: { type: 'string' }, help: { type: 'boolean', short: 'h' } } as const
    return parseArgs({ args, options: known }).values
  } catch (error) {
    say(error instanceof Error ? error.message : String(error))
    return { refuse: 'nothing we know' }
  }
}

/** Prints mails that arrive while the demo keeps running. */
async function untilInterrupted({ catchers: { mail } }: Demo): Promise<void> {
  const interrupted = new Promise<void>((resolve) => onStopSignals(process, (again) => (again ? process.exit(1) : resolve())))
  say('  It goes on running; Ctrl-C ends it.\n')
  let told = mail.mails.length
  const watching = setInterval(() => {
    for (const letter of mail.mails.slice(told)) say(`  mail to ${letter.to.join(', ')}: ${subjectOf(letter)}`)
    told = mail.mails.length
  }, 200)
  await interrupted
  clearInterval(watching)
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
