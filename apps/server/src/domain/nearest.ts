/** Longer words are no slip of a finger, and comparing costs the product of both lengths. */
const LONGEST = 128
/** Of a longer list the rest is not compared: a refusal must cost less than the request. */
const MOST_WORDS = 500

/** The word of a list that was probably meant: the one with the fewest differences, if these are few; null when there is none. `sendAt` and `send_at` are one word. */
export function nearest(word: string, words: readonly string[]): string | null {
  if (word.length > LONGEST) return null
  const given = unmarked(word)
  const most = mostFor(given.length)
  let best: string | null = null
  let least = most + 1
  for (const one of words.slice(0, MOST_WORDS)) {
    if (one.length > 2 * LONGEST) continue
    const distance = differences(given, plainly(one), least)
    if (distance < least) [best, least] = [one, distance]
  }
  return best
}

/** ` (did you mean email?)` behind a sentence about a name that is not known, or nothing. */
export function didYouMean(word: string, words: readonly string[]): string {
  const near = nearest(word, words)
  return near === null ? '' : ` (did you mean ${near}?)`
}

/** Of a short word, two other letters make any other word. */
function mostFor(length: number): number {
  if (length < 5) return length < 3 ? 0 : 1
  return Math.max(2, Math.floor(length / 5))
}

/** Of the words that are compared with: they are names of the hub, and the same again and again. */
const plain = new Map<string, string>()
const MOST_PLAIN = 5000

function plainly(word: string): string {
  const known = plain.get(word)
  if (known !== undefined) return known
  const made = unmarked(word)
  if (plain.size < MOST_PLAIN) plain.set(word, made)
  return made
}

const unmarked = (word: string): string => word.toLowerCase().replace(/[_-]/g, '')

/** Letters to insert, delete, replace or swap with the next one (optimal string alignment); `limit` for every distance that is not below it. */
function differences(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, n) => n)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let least = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, before[j - 2]! + 1)
      next.push(least)
    }
    // A swap costs one more than two rows before, so this row alone does not decide.
    if (Math.min(...next) >= limit && Math.min(...row) >= limit) return limit
    ;[before, row] = [row, next]
  }
  return row[b.length]!
}
