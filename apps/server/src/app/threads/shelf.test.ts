import { expect, it } from 'vitest'
import type { ShelfNews } from './messages.ts'
import { createShelf } from './shelf.ts'
import { createStore } from './store.ts'

const newsOf = (shelf: ReturnType<typeof createShelf>): ShelfNews => {
  const news = shelf.news()
  return { ...news, fresh: JSON.parse(news.fresh) }
}

it('sends an object once, as it is packed, and the thread finds the same frozen object by its number', () => {
  const shelf = createShelf(1000)
  const store = createStore(Object.freeze)
  const pack = ({ key }: { key: string }) => ({ key })
  const [one, other] = [{ key: 'a', secret: 'b' }, { key: 'c' }]
  const { ref } = shelf.ref(one, pack)
  expect([shelf.ref(one, pack).ref, shelf.ref(other).ref]).toEqual([ref, ref + 1])
  const news = newsOf(shelf)
  expect(news.fresh).toEqual([
    [ref, { key: 'a' }],
    [ref + 1, { key: 'c' }],
  ])
  expect([shelf.ref(one, pack).ref, newsOf(shelf).fresh]).toEqual([ref, []])
  store.take(news)
  expect(store.fields(ref)).toBe(store.fields(ref))
  expect(Object.isFrozen(store.fields(ref))).toBe(true)
})

it('forgets what is not used any more after the attempts of that message, and sends it again when it is', () => {
  const shelf = createShelf(1000)
  const store = createStore(Object.freeze)
  const one = { key: 'a' }
  const { ref } = shelf.ref(one)
  shelf.forget(one)
  const news = newsOf(shelf)
  store.take(news)
  expect(store.fields(ref)).toEqual(one)
  store.drop(news)
  expect(() => store.fields(ref)).toThrow()
  shelf.forget({})
  expect(newsOf(shelf).gone).toEqual([])
  expect(shelf.ref(one).ref).not.toBe(ref)
})

it('empties a shelf that has too many characters between two messages, so that an attempt never names what is gone', () => {
  const shelf = createShelf(3 * JSON.stringify({ n: 1 }).length)
  const store = createStore(Object.freeze)
  const [a, b, c, gone] = [{ n: 1 }, { n: 2 }, { n: 3 }, { n: 4 }]
  shelf.ref(gone)
  shelf.forget(gone)
  const [first, second] = [a, b].map((one) => shelf.ref(one).ref)
  store.take(newsOf(shelf))
  expect([shelf.ref(a).ref, shelf.ref(c).ref], 'two of three fit, and what is gone does not count').toEqual([first, second! + 1])
  store.take(newsOf(shelf))
  expect(store.fields(second!)).toEqual(b)
  const again = shelf.ref(a).ref
  expect(again).not.toBe(first)
  store.take(newsOf(shelf))
  expect(store.fields(again)).toEqual(a)
  expect(() => store.fields(second!)).toThrow()
})
