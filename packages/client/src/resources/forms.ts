import { path } from '../paging.ts'
import type { Transport } from '../transport.ts'
import type { Option, OptionsInput, Page, Provider, Tag } from '../types.ts'

export const providers = ({ request }: Transport) => ({
  /** Every provider, with everything needed to render its forms. */
  list: () => request<Page<Provider>>('GET', '/v1/providers'),
  /** The choices of a field marked `x-live`, fetched from the vendor with the current form. */
  options: (id: string, name: string, form: OptionsInput) => request<Page<Option>>('POST', path`/v1/providers/${id}/options/${name}`, { body: form }),
})

export const tags = ({ request }: Transport) => ({
  /** The tags of all connections. */
  list: () => request<Page<Tag>>('GET', '/v1/tags'),
})
