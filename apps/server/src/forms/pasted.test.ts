import { describe, expect, it } from 'vitest'
import { asMeant } from './pasted.ts'

const schema = {
  properties: {
    url: { format: 'http-url' },
    hook: { format: 'http-url', 'x-secret': true },
    email: { format: 'email' },
    token: { pattern: '^[^\\u0000-\\u001f\\u007f]*$', 'x-secret': true },
    key: { 'x-widget': 'textarea', 'x-secret': true },
    phone: { pattern: '^\\+[1-9]\\d{6,14}$' },
    sender: { pattern: '^(\\+[1-9]\\d{6,14}|[A-Za-z0-9 ]{1,11})$' },
    chat: { pattern: '^(-?[1-9]\\d{0,19}|@[A-Za-z]\\w{3,31})$' },
    topic: { pattern: '^[^\\u0000-\\u001f\\u007f]*$' },
    password: { 'x-secret': true },
    topics: { items: { pattern: '^\\w+$' } },
    headers: { 'x-secret': true },
  },
}
const pem = ['-----BEGIN PRIVATE KEY-----', 'MIGTAgEA', '-----END PRIVATE KEY-----']
const file = JSON.stringify({ type: 'service_account', private_key: pem.join('\n') })

describe('a pasted value', () => {
  it.each<[field: string, pasted: string, meant: string]>([
    ['url', '  https://x.example/a \n', 'https://x.example/a'],
    ['url', '"https://x.example/a"', 'https://x.example/a'],
    ['hook', '<https://x.example/a?b=c>', 'https://x.example/a?b=c'],
    ['hook', '“ https://x.example/a ”', 'https://x.example/a'],
    ['url', '\ufeffhttps://x.example/a\u200b', 'https://x.example/a'],
    ['url', 'curl -d hi https://x.example/a', 'curl -d hi https://x.example/a'],
    ['email', 'mailto:ana@example.com', 'ana@example.com'],
    ['email', '<ana@example.com>', 'ana@example.com'],
    ['token', 'Bearer abc.DEF', 'abc.DEF'],
    ['token', 'Authorization: Bearer abc', 'abc'],
    ['token', "'abc'\r\n", 'abc'],
    ['token', 'bearer', 'bearer'],
    ['token', 'tokenabc', 'tokenabc'],
    ['key', pem.join('\\n'), pem.join('\n')],
    ['key', `"${pem.join('\\n')}\\n"`, pem.join('\n')],
    ['key', JSON.stringify(file), file],
    ['key', `${file}\n`, file],
    ['phone', '+49 (151) 123-45 67', '+491511234567'],
    ['phone', '0049 151 1234567', '+491511234567'],
    ['phone', 'tel:+49\u00a0151/1234567', '+491511234567'],
    ['phone', '0151 1234567', '0151 1234567'],
    ['sender', 'My Shop 24', 'My Shop 24'],
    ['sender', '+49 151 1234567', '+491511234567'],
    ['chat', ' -100123 ', '-100123'],
    ['chat', '"@channel"', '@channel'],
    ['topic', ' "all" of them ', '"all" of them'],
    ['password', ' Bearer pw ', ' Bearer pw '],
    ['nothing', ' x ', 'x'],
  ])('in %s, %j, means %j', (field, pasted, meant) => expect(asMeant(schema, { [field]: pasted })).toEqual({ [field]: meant }))

  it('is read in lists, and left alone in what no person types', () => {
    const headers = { 'x-key': ' "a" ' }
    expect(asMeant(schema, { topics: [' a ', '"b"', 7], headers, on: true, none: null })).toEqual({ topics: ['a', 'b', 7], headers, on: true, none: null })
  })

  it('that is clean stays as it is, and means the same when it is read twice', () => {
    const clean = { url: 'https://x.example/"a"', token: 'a"b', phone: '+491511234567', topic: "it's", key: file }
    expect(asMeant(schema, clean)).toEqual(clean)
    const pasted = { url: '<"https://x.example/">', token: '"Bearer abc"', key: pem.join('\\n') }
    expect(asMeant(schema, asMeant(schema, pasted))).toEqual(asMeant(schema, pasted))
  })

  it('costs one look however long it is', () => {
    for (const long of [' '.repeat(1_000_000), `${' '.repeat(1_000_000)}x`, '"'.repeat(1_000_000), `x${' '.repeat(19_000)}x`])
      for (const field of ['url', 'token', 'key', 'phone', 'topic']) expect(asMeant(schema, { [field]: long })[field]).toBeTypeOf('string')
  })
})
