/** What a person sees of a message, and the markup in it. */
export interface Seen {
  /** Without structure: blocks and lines are separated by a blank. */
  text: string
  /** Kinds of markup. A bare link, whose text is its target, is none. */
  marks: string[]
}

export type Reader = (message: string) => Seen

/** Collects what a walk over a tree finds. */
export function notes() {
  const seen: Seen = { text: '', marks: [] }
  return {
    seen,
    say: (text: string) => {
      seen.text += text
    },
    mark: (kind: string) => {
      seen.marks.push(kind)
    },
    link: (label: string, target: string) => {
      if (!sameAddress(label, target)) seen.marks.push('link')
    },
  }
}

/** Whether a link only leads where its text says. */
const sameAddress = (label: string, target: string): boolean => {
  const href = (text: string): string => decoded(URL.parse(text.replaceAll('\u200b', ''))?.href ?? text)
  return [label, `http://${label}`, `https://${label}`, `//${label}`, `mailto:${label}`].some((one) => one === target || href(one) === href(target))
}

function decoded(text: string): string {
  try {
    return decodeURI(text).replace(/%5B/gi, '[').replace(/%5D/gi, ']').replace(/%3B/gi, ';')
  } catch {
    return text
  }
}
