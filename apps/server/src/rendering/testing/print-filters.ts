import { renderSealed } from '../liquid.ts'
import { plainValue, unseal } from '../sealed.ts'
import { FILTER_CASES } from './filter-cases.ts'

/** A program: prints the cases as a node with this TZ and this LANG shows them, to readers in several places. */
const READERS = [
  { locale: 'en', timezone: 'America/Los_Angeles' },
  { locale: 'de', timezone: 'Asia/Kolkata' },
  { locale: 'ar-EG', timezone: 'Pacific/Apia' },
  { locale: 'zz-not-one', timezone: 'Mars/Base' },
]

const shown = READERS.map((reader) =>
  FILTER_CASES.map(([source, x]) => {
    const { text, values } = renderSealed(source, { data: { x }, user: {}, event: {}, url: '', instance: {} }, reader)
    return unseal(text, values, plainValue)
  }),
)
process.stdout.write(JSON.stringify(shown))
