import { checkTemplates } from './check-templates.ts'
import type { TrialRequest } from './trial.ts'

/** The child of `trial.ts`: says it is up, checks one set of templates, answers, and is gone. */
process.once('message', (request: TrialRequest) => {
  process.send?.(checkTemplates(request.templates, request.sample), () => process.exit(0))
})
process.send?.('ready')
