import { parentPort, workerData } from 'node:worker_threads'
import { parseFaults } from '../../faults.ts'
import { createSend } from '../../pipeline/send.ts'
import { providers } from '../../providers/index.ts'
import type { HttpFor } from '../../providers/kit/contract.ts'
import { createHttp } from '../../providers/kit/http.ts'
import { createRenderer } from '../../rendering/render.ts'
import { createOutbound } from '../../security/outbound.ts'
import { hideSecrets } from '../../security/scrub.ts'
import { version } from '../../version.ts'
import { outboundOf } from '../outbound-of.ts'
import { mainOnly, withoutDial } from './main-only.ts'
import { FORM, OTHER_FORM, type ThreadData } from './messages.ts'
import { createWork } from './work.ts'

/** The thread: renders, signs and sends what `sender.ts` gives it, and has the outbound guard, connections and caches of its own. */

const { form, config }: ThreadData = workerData
// Before it says that it has started: nothing is handed over to it.
if (form !== FORM) process.exit(OTHER_FORM)
const work = createWork({
  sendWith: (own) => createSend({ ...doors, ...own }),
  say: (text) => parentPort?.postMessage(text),
  faults: parseFaults(config.fault, () => process.kill(process.pid, 'SIGKILL')),
})
const { clock } = work
const guarded = createHttp({ outbound: createOutbound(outboundOf(config)), version, ownName: URL.parse(config.baseUrl)?.hostname, clock })
const http: HttpFor = (...given) => withoutDial(guarded.for(...given))
const { message: render } = createRenderer({ baseUrl: config.baseUrl, applicationUrl: config.applicationUrl, instance: { name: config.instance } })
const byId = new Map(providers.map((provider) => [provider.id, provider]))
const doors = { ...mainOnly, http, hide: hideSecrets, clock, render, provider: (id: string) => byId.get(id) }

parentPort?.on('message', work.heard)
work.tell()
