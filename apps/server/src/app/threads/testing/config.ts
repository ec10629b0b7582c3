import { FORM, type ThreadData } from '../messages.ts'

/** What a thread in tests knows from its start: nothing is allowed, and no fault is set. */
const threadConfig: ThreadData['config'] = {
  outboundAllow: '',
  outboundAllowUsers: '',
  outboundProxy: null,
  outboundProxyResolves: false,
  baseUrl: '',
  applicationUrl: null,
  instance: '',
  fault: null,
}

export const threadData: ThreadData = { form: FORM, config: threadConfig }
