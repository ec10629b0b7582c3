import type { Ref } from './messages.ts'

/**
 * The hub's side of the objects that a thread gets once each, and finds again by a number. When they have `most` characters of JSON, the thread forgets
 * all of them: what is large is bounded like what is numerous.
 */
export function createShelf(most: number) {
  let known = new WeakMap<object, { ref: Ref; chars: number }>()
  let next = 0
  let kept = 0
  let emptied = false
  let fresh: string[] = []
  let freshChars = 0
  let gone: Ref[] = []
  return {
    /** The number of this object; it goes out with the next message if the thread does not have it, as `pack` makes it. Throws when that is too long for a text. */
    ref<Value extends object>(value: Value, pack: (value: Value) => object = (whole) => whole): { ref: Ref; chars: number } {
      let one = known.get(value)
      if (one === undefined) {
        const text = JSON.stringify(pack(value))
        one = { ref: next++, chars: text.length }
        known.set(value, one)
        fresh.push(`[${one.ref},${text}]`)
        freshChars += one.chars
        kept += one.chars
      }
      return one
    },
    /** The object is not used any more. */
    forget(value: object): void {
      const one = known.get(value)
      if (one === undefined) return
      known.delete(value)
      gone.push(one.ref)
      kept -= one.chars
    },
    /** Characters that go out with the next message. */
    waiting: () => freshChars,
    /** The changes since the last message; `fresh` is JSON. */
    news(): { emptied: boolean; fresh: string; gone: Ref[] } {
      const news = { emptied, fresh: `[${fresh.join(',')}]`, gone }
      // Between two messages only: the attempts of this one name what the thread still has.
      emptied = kept >= most
      if (emptied) {
        known = new WeakMap()
        kept = 0
      }
      fresh = []
      freshChars = 0
      gone = []
      return news
    },
  }
}
