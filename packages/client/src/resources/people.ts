import { path, walk } from '../paging.ts'
import type { CallOptions, Transport } from '../transport.ts'
import type {
  Page,
  PageQuery,
  Subscriber,
  SubscribersChanged,
  SubscribersInput,
  Topic,
  TopicInput,
  User,
  UserInput,
  UserRow,
  UsersStored,
  UserToken,
  UserTokenInput,
} from '../types.ts'

export const users = ({ request }: Transport) => {
  const list = (query: PageQuery = {}) => request<Page<User>>('GET', '/v1/users', { query })
  return {
    list,
    all: (query: PageQuery = {}) => walk(list, query),
    get: (id: string) => request<User>('GET', path`/v1/users/${id}`),
    put: (id: string, user: UserInput) => request<User>('PUT', path`/v1/users/${id}`, { body: user }),
    /** At most 1,000 users, in one transaction. */
    putBatch: (rows: UserRow[], options?: CallOptions) => request<UsersStored>('POST', '/v1/users/batch', { body: { users: rows }, ...options }),
    delete: (id: string) => request<void>('DELETE', path`/v1/users/${id}`),
    /** A short-lived token for this person's browser. */
    token: (id: string, input: UserTokenInput = {}) => request<UserToken>('POST', path`/v1/users/${id}/tokens`, { body: input }),
  }
}

export const topics = ({ request }: Transport) => {
  const list = (query: PageQuery = {}) => request<Page<Topic>>('GET', '/v1/topics', { query })
  const subscribers = (key: string, query: PageQuery = {}) => request<Page<Subscriber>>('GET', path`/v1/topics/${key}/subscribers`, { query })
  return {
    list,
    all: (query: PageQuery = {}) => walk(list, query),
    get: (key: string) => request<Topic>('GET', path`/v1/topics/${key}`),
    put: (key: string, topic: TopicInput = {}) => request<Topic>('PUT', path`/v1/topics/${key}`, { body: topic }),
    delete: (key: string) => request<void>('DELETE', path`/v1/topics/${key}`),
    subscribers,
    allSubscribers: (key: string, query: PageQuery = {}) => walk<Subscriber, PageQuery>((asked) => subscribers(key, asked), query),
    change: (key: string, change: SubscribersInput, options?: CallOptions) =>
      request<SubscribersChanged>('POST', path`/v1/topics/${key}/subscribers`, { body: change, ...options }),
    subscribe: (key: string, members: NonNullable<SubscribersInput['add']>) =>
      request<SubscribersChanged>('POST', path`/v1/topics/${key}/subscribers`, { body: { add: members } }),
    unsubscribe: (key: string, members: NonNullable<SubscribersInput['remove']>) =>
      request<SubscribersChanged>('POST', path`/v1/topics/${key}/subscribers`, { body: { remove: members } }),
  }
}
