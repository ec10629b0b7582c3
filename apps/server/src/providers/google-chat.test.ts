import { describe, expect, it } from 'vitest'
import { googleChat } from './google-chat.ts'
import { describeProvider } from './testing/describe-provider.ts'
import { pasted, playVendor } from './testing/vendor.ts'

const HOOK = 'https://chat.googleapis.com/v1/spaces/AAAA-b_1/messages?key=theKey&token=s3cret%3Dtoken'
interface Card {
  header?: { title: string }
  sections: { widgets: { textParagraph?: { text: string }; decoratedText?: { text: string } }[] }[]
}
const cardOf = (body: unknown) => (body as { cardsV2: { card: Card }[] }).cardsV2[0]!.card

describeProvider(googleChat, {
  given: (url) => ({ settings: { apiUrl: url }, destination: { webhookUrl: HOOK, threadKey: 'builds' } }),
  sends: {
    path: '/v1/spaces/AAAA-b_1/messages?key=theKey&token=s3cret%3Dtoken&requestId=dlv_1&messageReplyOption=REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD',
    json: {
      fallbackText: 'Build 7 failed',
      thread: { threadKey: 'builds' },
      cardsV2: [
        {
          cardId: 'dlv_1',
          card: {
            sections: [
              {
                widgets: [
                  { textParagraph: { text: '<b><a href="https://ci.example/7">Build 7 failed</a></b>' } },
                  { textParagraph: { text: 'main is **red**' } },
                  { decoratedText: { topLabel: 'Branch', text: 'main', wrapText: true } },
                  { buttonList: { buttons: [{ text: 'Open', onClick: { openLink: { url: 'https://ci.example/7/log' } } }] } },
                ],
              },
            ],
          },
        },
      ],
    },
  },
  plain: /^\/fallbackText$|\/(topLabel|buttons\/\d+\/text)$/,
  accepted: { reply: { body: { name: 'spaces/AAAA/messages/1' } }, receipt: { externalId: 'spaces/AAAA/messages/1' } },
  denied: 'misconfigured',
  limits: (request) => [{ text: request.body, limit: 32_000, unit: 'bytes' }],
})

describe('google-chat', () => {
  const vendor = playVendor(googleChat, (url) => ({ settings: { apiUrl: url }, destination: { webhookUrl: HOOK } }))

  it('shows data as it is', async () => {
    await vendor.send({ title: '<b>&', fields: [{ label: 'F', value: '<users/all>' }] })
    const { widgets } = cardOf(vendor.requests()[0]?.json()).sections[0]!
    expect(widgets[0]?.textParagraph?.text).toBe('<b><a href="https://ci.example/7">&lt;b&gt;&amp;</a></b>')
    expect(widgets[2]?.decoratedText?.text).toBe('&lt;users/all&gt;')
    // An answer to no thread would be refused.
    expect(vendor.requests()[0]?.path).not.toContain('messageReplyOption')
  })

  it.each(['https://chat.googleapis.com/v1/spaces/A/messages?key=a', 'https://evil.example/v1/spaces/A/messages?key=a&token=b'])(
    'takes %s for no webhook, when saved and when sent',
    async (webhookUrl) => {
      expect(googleChat.check({ destination: { webhookUrl } })).toMatchObject([{ pointer: '/destination/webhookUrl' }])
      await expect(vendor.send({}, { destination: { webhookUrl } })).rejects.toMatchObject({ failure: 'unreachable', code: 'destination' })
      expect(vendor.requests()).toEqual([])
    },
  )

  it('reads the URL of Apprise', () => {
    expect(pasted(googleChat, 'gchat://AAAA/theKey/the%3Dtoken/thread1')).toEqual({
      destination: { webhookUrl: 'https://chat.googleapis.com/v1/spaces/AAAA/messages?key=theKey&token=the%3Dtoken', threadKey: 'thread1' },
    })
    expect(pasted(googleChat, 'gchat://AAAA/theKey')).toMatch(/workspace\/key\/token/)
  })
})
