/**
 * Letters of the alphabets that are written with Latin letters today: Western and Central European, Turkish, Romanian and Vietnamese ones. Left
 * out are those that are taken for an ASCII letter: the dotless i, kra, the long s, script letters.
 */
const LATIN = /^[a-z0-9\u00df-\u00f6\u00f8-\u0130\u0132-\u0137\u0139-\u0148\u014a-\u017e\u01a1\u01b0\u0219\u021b\u1ea0-\u1ef9-]+$/i

/** Scripts whose letters nobody takes for Latin ones, each by itself. Of Japanese signs, those that look like a slash are left out. */
const OTHERS = ['Han}\\p{Script=Hiragana}\\p{Script=Katakana', 'Hangul', 'Arabic', 'Hebrew', 'Thai', 'Devanagari', 'Bengali', 'Tamil', 'Georgian'].map(
  (script) => new RegExp(`^(?!.*[ノ丶丿〳〵])[\\p{Script=${script}}\\p{M}々ー0-9-]+$`, 'u'),
)

const ASCII = /^[\0-\x7f]*$/

const isPlain = (label: string): boolean => ASCII.test(label) || LATIN.test(label) || OTHERS.some((script) => script.test(label))

/**
 * A host as it may be shown: a label that could be taken for another one (Cyrillic, Greek, mixed scripts) in ASCII, `xn--…`. It names the same
 * host.
 */
export function shownHost(host: string): string {
  if (ASCII.test(host)) return host
  return host
    .normalize('NFC')
    .split('.')
    .map((label) => (isPlain(label) ? label : (URL.parse(`http://${label}`)?.hostname ?? label)))
    .join('.')
}

/** The same for the domain of a mail address. */
export function shownAddress(address: string): string {
  const at = address.lastIndexOf('@') + 1
  return at === 0 ? address : address.slice(0, at) + shownHost(address.slice(at))
}

const AUTHORITY = /^([a-z][a-z0-9+.-]*:\/\/(?:[^/?#]*@)?)([^/?#:]+)/i

/** The same for the host of a URL; the rest of the text is unchanged. */
export const shownUrl = (url: string): string => (ASCII.test(url) ? url : url.replace(AUTHORITY, (_, before: string, host: string) => before + shownHost(host)))
