import { Type } from 'typebox'
import type { JsonObject } from '../../domain/json.ts'
import type { Capabilities } from '../../providers/kit/capabilities.ts'
import type { HttpFor, Provider, Receipt, SendJob } from '../../providers/kit/contract.ts'

/** Vendors with prepared responses; `asked` lists the connections that were used, and for which message. */
export function createVendors(
  answers: { [provider: string]: (job: SendJob<JsonObject, JsonObject>) => Receipt },
  capabilities: { [provider: string]: Partial<Capabilities> } = {},
) {
  const asked: { provider: string; job: SendJob<JsonObject, JsonObject> }[] = []
  const nothing = () => Promise.reject(new Error('nobody asked for a socket'))
  const http: HttpFor = () => ({ request: nothing, dial: nothing, mayHandOver: nothing })
  const provider = (id: string): Provider | undefined => {
    const answer = answers[id]
    if (answer === undefined) return undefined
    return {
      id,
      name: id,
      channel: 'email',
      docs: `https://${id}.example`,
      settings: Type.Object({}),
      destination: Type.Object({}),
      capabilities: { format: 'text', ...capabilities[id] },
      preview: false,
      concurrency: () => undefined,
      async send(job) {
        asked.push({ provider: id, job })
        return answer(job)
      },
      check: () => [],
      sameAddress: (destination) => JSON.stringify(destination),
      ownTarget: () => capabilities[id]?.target === 'destination',
      dispose: () => {},
    }
  }
  /** All of them share one secret. */
  const hide = (text: string): string => text.replaceAll('s3cret', '********')
  return { asked, http, provider, hide }
}
