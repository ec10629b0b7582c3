import type { Message } from '../../domain/message.ts'
import { createRenderer } from '../../rendering/render.ts'
import { inputFor, orderShipped } from '../../rendering/testing/input.ts'
import type { Provider } from '../kit/contract.ts'
import { textsOf } from './markup.ts'
import type { Received } from './receiver.ts'

const { message } = createRenderer({ baseUrl: 'https://hub.test', instance: { name: 'Bells' } })

/** Values of which each is longer than what any vendor takes, and which a careless cut would break. */
const LONG: Record<string, string> = {
  letters: 'a'.repeat(70_000),
  words: 'lorem ipsum dolor '.repeat(4_000),
  families: '👩‍👩‍👧‍👦'.repeat(4_000),
  flags: '🇩🇪'.repeat(10_000),
  tones: 'x👍🏽'.repeat(10_000),
  accents: 'e\u0301o\u0308'.repeat(10_000),
  hebrew: 'שלום עולם '.repeat(5_000),
  signs: '<a> & "b" *c* _d_ [e](f) `g` \\h '.repeat(2_000),
}

const TEMPLATES = [
  '**{{ data.b }}**',
  '{{ data.b }}',
  '# {{ data.t }}\n\n> *{{ data.t }}* ~~{{ data.b }}~~',
  '- {{ data.t }}\n- **{{ data.t }}** [{{ data.b }}](https://ok.test/target)\n- {{ data.t }}',
  '```\n{{ data.b }}\n```',
  '| {{ data.t }} | b |\n|---|---|\n| c | `{{ data.b }}` |',
  '{{ data.b | newline_to_br }}',
]

export const ACTION = 'https://ok.test/one'

/** Long messages as rendering makes them for a provider, each with the name of its kind. */
export function fittedMessages(provider: Provider): [name: string, message: Message][] {
  return Object.entries(LONG).map(([name, b], i) => {
    const body = TEMPLATES[i % TEMPLATES.length] ?? ''
    const actions = ['one', 'two', 'three', 'four', 'five', 'six'].map((word) => ({ label: `Open **${word}**`, url: `https://ok.test/${word}` }))
    const fields = [{ label: '{{ data.t }}', value: '{{ data.b }}' }]
    const type = orderShipped({ default: { title: 'Long {{ data.b }}', body, actions, ...(provider.capabilities.fields === undefined ? {} : { fields }) } })
    const input = inputFor(type, { b, t: 'two words' }, { channel: provider.channel, format: provider.capabilities.format, limits: provider.capabilities })
    return [name, message({ ...input, event: { ...input.event, url: 'https://ok.test/order' } })]
  })
}

/** Every text of a request: of its body, which `read` decrypts, and of the query of its address. */
export function wordsOf(request: Received, read?: (request: Received) => unknown): string[] {
  const plain = read === undefined ? request : { ...request, headers: {}, json: () => read(request) }
  return [...(request.body === '' ? [] : textsOf(plain).map(([, text]) => text)), ...new URL(request.path, 'https://vendor.test').searchParams.values()]
}
