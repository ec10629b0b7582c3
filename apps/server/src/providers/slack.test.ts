import { describe, expect, it } from 'vitest'
import { slack } from './slack.ts'
import { describeProvider } from './testing/describe-provider.ts'
import { pasted, playVendor } from './testing/vendor.ts'

const HOOK = 'https://hooks.slack.com/services/T0AAAAAAA/B0AAAAAAA/s3cretPart'

interface Block {
  type: string
  text?: { text: string }
  fields?: { text: string }[]
  elements?: { text: { text: string }; url: string }[]
  alt_text?: string
}
interface Post {
  text: string
  blocks: Block[]
  attachments: { color?: string; blocks: Block[] }[]
}
const blocksOf = (post: Post) => [...post.blocks, ...post.attachments.flatMap(({ blocks }) => blocks)]

describeProvider(slack, {
  given: (url) => ({ settings: { apiUrl: url, username: 'Carillon', icon: ':bell:' }, destination: { webhookUrl: HOOK, channel: '#ops' } }),
  sends: {
    path: '/services/T0AAAAAAA/B0AAAAAAA/s3cretPart',
    json: {
      username: 'Carillon',
      icon_emoji: ':bell:',
      channel: '#ops',
      text: 'Build 7 failed',
      blocks: [{ type: 'section', text: { type: 'mrkdwn', text: '*<https://ci.example/7|Build 7 failed>*', verbatim: true } }],
      attachments: [
        {
          color: 'danger',
          blocks: [
            { type: 'section', text: { type: 'mrkdwn', text: 'main is **red**', verbatim: true } },
            { type: 'section', fields: [{ type: 'mrkdwn', text: '*Branch*\nmain', verbatim: true }] },
            {
              type: 'actions',
              elements: [{ type: 'button', text: { type: 'plain_text', text: 'Open', emoji: false }, url: 'https://ci.example/7/log' }],
            },
          ],
        },
      ],
      unfurl_links: false,
      unfurl_media: false,
    },
  },
  plain: /\/elements\/\d+\/text\/text$/,
  accepted: { reply: { body: 'ok' }, receipt: {} },
  exact: true,
  lies: ['OK', 'ok!', 'Welcome to the proxy', { ok: false, error: 'invalid_token' }, 'no_text'],
  denied: 'misconfigured',
  limits(request) {
    const blocks = blocksOf(request.json() as Post)
    const limit = (text: string | undefined, most: number) => (text === undefined ? [] : [{ text, limit: most, unit: 'chars' as const }])
    return blocks.flatMap(({ text, fields = [], elements = [] }) => [
      ...limit(text?.text, 3000),
      ...fields.flatMap((field) => limit(field.text, 2000)),
      ...elements.flatMap((element) => limit(element.text.text, 75)),
    ])
  },
})

describe('slack', () => {
  const vendor = playVendor(slack, (url) => ({ settings: { apiUrl: url }, destination: { webhookUrl: HOOK } }))
  const post = () => vendor.requests()[0]?.json() as Post

  it.each([
    [429, 'rate_limited', { failure: 'temporary', throttled: 'target', about: 'limit' }],
    [200, 'ratelimited', { failure: 'temporary', throttled: 'target', about: 'limit' }],
    [403, 'message_limit_exceeded', { failure: 'temporary', throttled: 'target', retryAfterMs: 4 * 3_600_000 }],
    [403, 'org_login_required', { failure: 'misconfigured' }],
    [403, 'restricted_action', { failure: 'misconfigured' }],
    [403, 'token_revoked', { failure: 'unreachable' }],
    [403, 'account_inactive', { failure: 'unreachable' }],
  ])('reads %i %s by its word', async (status, word, expected) => {
    vendor.answer({ status, body: word })
    await expect(vendor.send()).rejects.toMatchObject({ ...expected, code: `slack_${word}` })
  })

  it('shows data in titles and fields as it is', async () => {
    await vendor.send({ title: '<!channel> *a* & b', fields: [{ label: 'F', value: '<@U1> _x_' }], severity: 'success' })
    expect(post().text).toBe('&lt;!channel&gt; \u200b*\u200ba\u200b*\u200b &amp; b')
    expect(post().attachments[0]).toMatchObject({ color: 'good', blocks: [{}, { fields: [{ text: '*F*\n&lt;@U1&gt; \u200b_\u200bx\u200b_\u200b' }] }, {}] })
  })

  it('has nothing that Slack would refuse: no empty text, no button to a mail address', async () => {
    await vendor.send({ body: '', text: '', fields: [], actions: [{ label: 'Write', url: 'mailto:a@x.test' }], image: 'https://x.test/i.png' })
    expect(blocksOf(post())).toMatchObject([{ type: 'section' }, { type: 'image', image_url: 'https://x.test/i.png', alt_text: 'Build 7 failed' }])
  })

  it('leaves out a button whose address is longer than Slack takes, and links a title no longer than it shows', async () => {
    const long = `https://x.test/${'x'.repeat(3_000)}`
    const actions = [
      { label: 'Long', url: long },
      { label: 'Short', url: 'https://x.test/' },
    ]
    await vendor.send({ url: long, actions })
    expect(blocksOf(post()).flatMap(({ elements = [] }) => elements.map(({ url }) => url))).toEqual(['https://x.test/'])
    expect(post().blocks).toMatchObject([{ type: 'header' }])
  })

  it('writes no sign of emphasis into the address behind its bold title', async () => {
    await vendor.send({ url: 'https://x.test/a*b~c`d?e=f&g=h' })
    expect(post().blocks[0]?.text?.text).toBe('*<https://x.test/a%2Ab%7Ec%60d?e=f&amp;g=h|Build 7 failed>*')
  })

  it('puts a title that leads nowhere into a header of 150 characters', async () => {
    await vendor.send({ title: 'x'.repeat(200), url: '' })
    expect(post().blocks).toMatchObject([{ type: 'header', text: { type: 'plain_text', text: `${'x'.repeat(149)}…` } }])
  })

  it.each([
    [400, 'invalid_blocks', { failure: 'rejected', code: 'slack_invalid_blocks' }],
    [400, 'invalid_payload', { failure: 'rejected' }],
    [404, 'user_not_found', { failure: 'rejected', code: 'slack_user_not_found' }],
    [403, 'posting_to_general_channel_denied', { failure: 'misconfigured' }],
    [400, 'invalid_blocks_format', { failure: 'rejected', code: 'slack_invalid_blocks_format' }],
    [403, 'action_prohibited', { failure: 'misconfigured', code: 'slack_action_prohibited' }],
    [403, 'invalid_token', { failure: 'unreachable' }],
    [403, 'team_disabled', { failure: 'unreachable' }],
    [404, 'no_service', { failure: 'unreachable', message: expect.stringMatching(/answered 404: no_service$/) }],
    [404, 'channel_not_found', { failure: 'unreachable' }],
    [410, 'channel_is_archived', { failure: 'unreachable' }],
    [500, 'rollup_error', { failure: 'temporary' }],
    [200, 'invalid_token', { failure: 'unreachable', status: 200, code: 'slack_invalid_token' }],
    [200, '{"ok":false,"error":"no_text"}', { failure: 'rejected', code: 'slack_no_text' }],
    [200, '{"ok":false,"error":"new_word"}', { failure: 'rejected', code: 'slack_not_ok' }],
  ])('reads %i %s', async (status, body, expected) => {
    vendor.answer({ status, body })
    await expect(vendor.send()).rejects.toMatchObject(expected)
  })

  it.each([
    'https://hooks.slack.com/workflows/T0/A0/1/x',
    'https://hooks.slack.com.evil.example/services/T0/B0/x',
    'http://hooks.slack.com/services/T0/B0/x',
    'https://u@hooks.slack.com/services/T0/B0/x',
  ])('takes %s for no webhook, when saved and when sent', async (webhookUrl) => {
    expect(slack.check({ destination: { webhookUrl } })).toMatchObject([{ pointer: '/destination/webhookUrl' }])
    await expect(vendor.send({}, { destination: { webhookUrl } })).rejects.toMatchObject({ failure: 'unreachable', code: 'destination' })
    expect(vendor.requests()).toEqual([])
  })

  it('reads the URL of Apprise', () => {
    expect(pasted(slack, 'slack://Bells@T0A/B0B/c0C/#ops')).toEqual({
      settings: { username: 'Bells' },
      destination: { webhookUrl: 'https://hooks.slack.com/services/T0A/B0B/c0C', channel: '#ops' },
    })
    expect(pasted(slack, 'slack://xoxb-1-2/#ops')).toMatch(/Bot tokens/)
    expect(pasted(slack, 'slack://T0A/B0B')).toMatch(/three parts/)
    expect(pasted(slack, 'slack://T0A/B0B/C/#a/#b')).toMatch(/several channels/)
  })
})
