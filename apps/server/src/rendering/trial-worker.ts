import { checkTemplates } from './check-templates.ts'
import type { TrialRequest } from './trial.ts'

/** The child process of `trial.ts`: reports readiness, checks one set of templates, answers and exits. */
process.once('message', (request: TrialRequest) => {
  process.send?.(checkTemplates(request.templates, request.sample), () => process.exit(0))
})
process.send?.('ready')
