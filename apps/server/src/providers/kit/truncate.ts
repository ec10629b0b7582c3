/**
 * Cuts a text to a vendor's limit with one `…`. `chars` are Unicode code points, `bytes` are UTF-8; characters are never split. Rendering
 * has already cut the source text; this is the last check before a vendor that would refuse the whole message.
 */
export function truncate(text: string, limit: number, unit: 'chars' | 'bytes' = 'chars'): string {
  // The UTF-16 length, or its worst case in UTF-8, bounds both units, so nearly every text returns here.
  if (text.length * (unit === 'bytes' ? 3 : 1) <= limit) return text
  if (sizeOf(text, unit) <= limit) return text
  const room = limit - sizeOf('…', unit)
  if (room < 0) return ''
  let size = 0
  let end = 0
  for (const character of text) {
    size += unit === 'bytes' ? Buffer.byteLength(character) : 1
    if (size > room) break
    end += character.length
  }
  return `${text.slice(0, end)}…`
}

function sizeOf(text: string, unit: 'chars' | 'bytes'): number {
  if (unit === 'bytes') return Buffer.byteLength(text)
  let count = 0
  for (const _ of text) count++
  return count
}

/** One line for a header, a title or a table row: control characters, line ends and Unicode line breaks become spaces, half a surrogate pair becomes U+FFFD. */
export const oneLine = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
    .trim()
