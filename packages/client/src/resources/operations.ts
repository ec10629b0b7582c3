import { path, walk } from '../paging.ts'
import type { CallOptions, Transport } from '../transport.ts'
import type {
  ApiKey,
  ApiKeyInput,
  AuditEntry,
  Delivery,
  DeliveryState,
  DeliverySummary,
  HubHealth,
  NewApiKey,
  Page,
  PageQuery,
  PeriodQuery,
  Retried,
  RetryQuery,
} from '../types.ts'

/** The period is that of planning. */
export interface DeliveryQuery extends PageQuery, PeriodQuery {
  state?: DeliveryState
  /** The older name of `state`. */
  status?: DeliveryState
  event?: string
  user?: string
  /** User id, `adr_…` or `con_…`. */
  recipient?: string
  channel?: string
  connection?: string
}

export interface AuditQuery extends PageQuery, PeriodQuery {
  actor?: string
  action?: string
  target?: string
}

export const deliveries = ({ request }: Transport) => {
  const list = (query: DeliveryQuery = {}) => request<Page<DeliverySummary>>('GET', '/v1/deliveries', { query })
  return {
    list,
    all: (query: DeliveryQuery = {}) => walk(list, query),
    get: (id: string) => request<Delivery>('GET', path`/v1/deliveries/${id}`),
    retry: (id: string, options?: CallOptions) => request<Delivery>('POST', path`/v1/deliveries/${id}/retry`, options),
    retryAll: (query: RetryQuery, options?: CallOptions) => request<Retried>('POST', '/v1/deliveries/retry', { body: query, ...options }),
  }
}

export const keys = ({ request }: Transport) => ({
  list: (query: PageQuery = {}) => request<Page<ApiKey>>('GET', '/v1/keys', { query }),
  /** The response contains the key, only this once. */
  create: (input: ApiKeyInput) => request<NewApiKey>('POST', '/v1/keys', { body: input }),
  revoke: (id: string) => request<void>('DELETE', path`/v1/keys/${id}`),
})

export const audit = ({ request }: Transport) => {
  const list = (query: AuditQuery = {}) => request<Page<AuditEntry>>('GET', '/v1/audit', { query })
  return { list, all: (query: AuditQuery = {}) => walk(list, query) }
}

export const health = ({ request, open }: Transport) => ({
  get: () => request<HubHealth>('GET', '/v1/health'),
  /** Prometheus text; the key needs the scope `metrics`. */
  metrics: async () => (await open('/metrics')).text(),
})
