import { expect, it } from 'vitest'
import { createShelf } from './shelf.ts'
import { createStore } from './store.ts'

it('sends an object once, as it is packed, and the thread finds the same frozen object by its number', () => {
  const shelf = createShelf<{ key: string; secret?: string }>(10, ({ key }) => ({ key }))
  const store = createStore(Object.freeze)
  const [one, other] = [{ key: 'a', secret: 'b' }, { key: 'c' }]
  const ref = shelf.ref(one)
  expect([shelf.ref(one), shelf.ref(other)]).toEqual([ref, ref + 1])
  const news = shelf.news()!
  expect(news.fresh).toEqual([
    [ref, { key: 'a' }],
    [ref + 1, { key: 'c' }],
  ])
  expect([shelf.ref(one), shelf.news()]).toEqual([ref, undefined])
  store.take({ settings: news })
  expect(store.settings(ref)).toBe(store.settings(ref))
  expect(Object.isFrozen(store.settings(ref))).toBe(true)
})

it('forgets what is not used any more after the attempts of that message, and sends it again when it is', () => {
  const shelf = createShelf<object>(10)
  const store = createStore(Object.freeze)
  const one = { key: 'a' }
  const ref = shelf.ref(one)
  shelf.forget(one)
  const news = { settings: shelf.news()! }
  store.take(news)
  expect(store.settings(ref)).toEqual(one)
  store.drop(news)
  expect(() => store.settings(ref)).toThrow()
  shelf.forget({})
  expect(shelf.news()).toBeUndefined()
  expect(shelf.ref(one)).not.toBe(ref)
})

it('empties a full shelf between two messages, so that an attempt never names what is gone', () => {
  const shelf = createShelf<object>(2)
  const store = createStore(Object.freeze)
  const [a, b, c] = [{ n: 1 }, { n: 2 }, { n: 3 }]
  const first = [a, b, c].map((one) => shelf.ref(one))
  store.take({ events: shelf.news()! })
  expect(first.map((ref) => store.event(ref))).toEqual([a, b, c])
  const again = shelf.ref(a)
  expect(again).not.toBe(first[0])
  store.take({ events: shelf.news()! })
  expect(store.event(again)).toEqual(a)
  expect(() => store.event(first[1]!)).toThrow()
})
