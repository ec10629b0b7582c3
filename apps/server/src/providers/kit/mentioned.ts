import type { TObject } from 'typebox'
import type { Problem } from './contract.ts'
import { hostIn, whyNotReached } from './named-outside.ts'
import { member } from './receipt.ts'

/** The names of the fields of a form that are only passed on (`x-mentioned`), such as the address of a picture. */
const mentionedIn = ({ properties }: TObject): string[] => Object.keys(properties).filter((name) => member(properties[name], 'x-mentioned') === true)

/** Whether a form has such fields. */
export const mentions = (...forms: TObject[]): boolean => forms.some((form) => mentionedIn(form).length > 0)

/**
 * Advice about addresses that others fetch and cannot reach. Where the server of the vendor stands in the same kind of network, it may well reach them, so
 * nothing is said.
 */
export function mentionedAdvice(
  settings: TObject,
  destination: TObject,
  given: { settings?: object | undefined; destination?: object | undefined },
): Problem[] {
  const forms = [
    ['/settings', given.settings, mentionedIn(settings)],
    ['/destination', given.destination, mentionedIn(destination)],
  ] as const
  const inside = forms.some(([, form = {}, mentioned]) => Object.entries(form).some(([name, value]) => !mentioned.includes(name) && whyAddress(value) !== null))
  if (inside) return []
  return forms.flatMap(([place, form, mentioned]) =>
    mentioned.flatMap((name): Problem[] => {
      const value = member(form, name)
      const why = whyAddress(value)
      if (why === null) return []
      return [
        { pointer: `${place}/${name}`, message: `names ${hostIn(String(value))}, which ${why}; nobody outside can load it from there`, severity: 'warning' },
      ]
    }),
  )
}

const whyAddress = (value: unknown): string | null => (typeof value === 'string' && /^https?:/i.test(value) ? whyNotReached(hostIn(value)) : null)
