import type { Ref, ShelfNews } from './messages.ts'

/**
 * The hub's side of one kind of objects that a thread gets once each, and finds again by a number. `pack`: what is sent of an object. When the thread
 * has `most`, it forgets all of them.
 */
export function createShelf<Value extends object>(most: number, pack: (value: Value) => object = (value) => value) {
  let refs = new WeakMap<Value, Ref>()
  let next = 0
  let kept = 0
  let emptied = false
  let fresh: ShelfNews['fresh'] = []
  let gone: Ref[] = []
  return {
    /** The number of this object; it goes out with the next message if the thread does not have it. */
    ref(value: Value): Ref {
      const known = refs.get(value)
      if (known !== undefined) return known
      const ref = next++
      refs.set(value, ref)
      fresh.push([ref, pack(value)])
      return ref
    },
    /** The object is not used any more. */
    forget(value: Value): void {
      const known = refs.get(value)
      if (known === undefined) return
      refs.delete(value)
      gone.push(known)
    },
    /** The changes since the last message; undefined when there are none. */
    news(): ShelfNews | undefined {
      if (!emptied && fresh.length === 0 && gone.length === 0) return undefined
      const news = { emptied, fresh, gone }
      kept = (emptied ? 0 : kept) + fresh.length - gone.length
      // Between two messages only: the attempts of this one name what the thread still has.
      emptied = kept >= most
      if (emptied) refs = new WeakMap()
      fresh = []
      gone = []
      return news
    },
  }
}
