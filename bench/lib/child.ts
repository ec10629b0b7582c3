import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A child process of the bench that answers requests over IPC, one at a time. */
export interface Child<Question, Answer> {
  pid: number
  ask(question: Question): Promise<Answer>
  stop(): Promise<void>
}

const living = new Set<ChildProcess>()
// A row that throws must leave no process behind that keeps measuring.
process.on('exit', () => {
  for (const child of living) child.kill('SIGKILL')
})

/** Ends the child with this process at the latest. */
export function adopt(child: ChildProcess): void {
  living.add(child)
  child.once('exit', () => living.delete(child))
}

/** Starts `bench/<name>.ts` and waits for its first message. */
export async function startChild<Question extends object, Answer, Hello>(
  name: string,
  env: Record<string, string> = {},
  execArgv: string[] = [],
): Promise<Child<Question, Answer> & { hello: Hello }> {
  const child = fork(fileURLToPath(new URL(`../${name}.ts`, import.meta.url)), {
    env: { ...process.env, ...env },
    execArgv: [...process.execArgv, ...execArgv],
  })
  adopt(child)
  const hello = await firstMessage<Hello>(child, name)
  return { hello, pid: child.pid!, ask: (question) => askProcess<Answer>(child, question), stop: () => stopProcess(child) }
}

export function firstMessage<Hello>(child: ChildProcess, name: string): Promise<Hello> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as Hello))
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code} before it was ready`)))
  })
}

export function askProcess<Answer>(child: ChildProcess, question: object): Promise<Answer> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as Answer))
    child.send(question, (error) => error && reject(error))
  })
}

export async function stopProcess(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill(signal)
  await ended
}
