import { path } from '../paging.ts'
import type { Transport } from '../transport.ts'
import type { Option, OptionsInput, Page, Provider, Tag } from '../types.ts'

export const providers = ({ request }: Transport) => ({
  /** Every provider, with all that is needed to draw its forms. */
  list: () => request<Page<Provider>>('GET', '/v1/providers'),
  /** What a field marked `x-live` may be chosen from, asked of the vendor with the form as it stands. */
  options: (id: string, name: string, form: OptionsInput) => request<Page<Option>>('POST', path`/v1/providers/${id}/options/${name}`, { body: form }),
})

export const tags = ({ request }: Transport) => ({
  /** The tags that connections have. */
  list: () => request<Page<Tag>>('GET', '/v1/tags'),
})
