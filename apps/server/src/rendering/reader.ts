/** The reader's locale and time zone for dates and amounts: BCP 47 and IANA names. */
export interface Reader {
  locale: string
  timezone: string
}

const KEPT = 500

/** Keeps what `make` made by its key; Intl's constructors take 30-100 us. */
function kept<Key extends unknown[], T>(make: (...key: Key) => T): (...key: Key) => T {
  const cache = new Map<string, T>()
  return (...key) => {
    const name = JSON.stringify(key)
    const known = cache.get(name)
    if (known !== undefined) return known
    const made = make(...key)
    if (cache.size >= KEPT) cache.clear()
    cache.set(name, made)
    return made
  }
}

/** Intl reads a locale that it does not know as the node's own, so `en` replaces it. */
const knownLocale = kept((locale: string): string => {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf([locale.replaceAll('_', '-')])[0] ?? 'en'
  } catch {
    return 'en'
  }
})

/** Null for a zone that Intl does not know. */
export const knownZone = kept((timezone: string): string | null => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: timezone }).resolvedOptions().timeZone
  } catch {
    return null
  }
})

/** The reader among the globals of a template, in words that Intl knows: never the node's locale or zone. */
export const readerOf = (globals: object): Reader => ({
  locale: knownLocale('locale' in globals && typeof globals.locale === 'string' ? globals.locale : 'en'),
  timezone: knownZone('timezone' in globals && typeof globals.timezone === 'string' ? globals.timezone : 'UTC') ?? 'UTC',
})

/** `locale` is one that `readerOf` gave. */
export const dateFormat = kept((locale: string, options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, options))

/** An amount of the currency; null when no currency has such a code. Without a code it is a number with two decimals or three. */
export const moneyFormat = kept((locale: string, currency: string): Intl.NumberFormat | null => {
  try {
    // `negative` writes no minus before an amount that is rounded to nothing.
    const style = currency === '' ? { minimumFractionDigits: 2 } : { style: 'currency' as const, currency }
    return new Intl.NumberFormat(locale, { ...style, signDisplay: 'negative' })
  } catch {
    return null
  }
})
