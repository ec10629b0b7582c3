/** The word of a list that was probably meant: the one with the fewest differences, if these are few; null when there is none. */
export function nearest(word: string, words: readonly string[]): string | null {
  const most = Math.max(2, Math.floor(word.length / 5))
  let best: string | null = null
  let least = most + 1
  for (const one of words) {
    if (Math.abs(one.length - word.length) >= least) continue
    const distance = differences(word, one)
    if (distance < least) [best, least] = [one, distance]
  }
  return best
}

/** Letters to insert, delete or replace (Levenshtein). */
function differences(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, n) => n)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    row = next
  }
  return row[b.length]!
}
