import { parentPort } from 'node:worker_threads'
import { checkTexts } from './check-templates.ts'
import type { TrialRequest } from './trial.ts'

/** The thread of `trial-worker.ts` that checks the texts. */
parentPort?.once('message', ({ texts, sample, rules }: Omit<TrialRequest, 'cpuMs'>) => parentPort?.postMessage(checkTexts(texts, sample, rules)))
parentPort?.postMessage('ready')
