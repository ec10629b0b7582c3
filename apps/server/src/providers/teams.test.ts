import { describe, expect, it } from 'vitest'
import { teams } from './teams.ts'
import { describeProvider } from './testing/describe-provider.ts'
import { endless } from './testing/message.ts'
import { pasted, playVendor } from './testing/vendor.ts'

const PATH = '/workflows/0a1b/triggers/manual/paths/invoke?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=s3cret%2Bsig'
const given = (url: string) => ({ settings: {}, destination: { webhookUrl: url + PATH } })
interface Element {
  type: string
  text?: string
  facts?: { title: string; value: string }[]
}
const cardOf = (body: unknown) => (body as { attachments: { content: { body: Element[]; msteams?: object } }[] }).attachments[0]!.content

describeProvider(teams, {
  given,
  sends: {
    // The signature stays percent-encoded, or Azure refuses it.
    path: PATH,
    json: {
      type: 'message',
      attachments: [
        {
          contentType: 'application/vnd.microsoft.card.adaptive',
          contentUrl: null,
          content: {
            $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
            type: 'AdaptiveCard',
            version: '1.4',
            body: [
              { type: 'TextBlock', text: '[Build 7 failed](https://ci.example/7)', wrap: true, size: 'Large', weight: 'Bolder', color: 'attention' },
              { type: 'TextBlock', text: 'main is **red**', wrap: true },
              { type: 'FactSet', facts: [{ title: 'Branch', value: 'main' }] },
            ],
            actions: [{ type: 'Action.OpenUrl', title: 'Open', url: 'https://ci.example/7/log' }],
            msteams: { width: 'Full' },
          },
        },
      ],
    },
  },
  plain: /\/actions\/\d+\/title$/,
  accepted: { reply: { status: 202 }, receipt: {} },
  limits: (request) => [
    { text: request.body, limit: 28_000, unit: 'bytes' },
    { text: cardOf(request.json()).body[0]?.text ?? '', limit: 300, unit: 'chars' },
  ],
})

describe('teams', () => {
  const vendor = playVendor(teams, given)

  it('shows data in titles and facts as it is, however much of it there is', async () => {
    const fields = Array.from({ length: 30 }, () => ({ label: '_x_', value: endless('[l](https://evil.test) ') }))
    await vendor.send({ title: '*a* [b]', fields }, { settings: { wide: false } })
    const { body, msteams } = cardOf(vendor.requests()[0]?.json())
    expect(body[0]?.text).toBe('[\\*a\\* \\[b\\]](https://ci.example/7)')
    // A link within the label of another one would end it.
    await vendor.send({ title: 'See https://evil.example/x' })
    expect(cardOf(vendor.requests()[1]?.json()).body[0]?.text).toBe('[See https://evil.example/x](https://ci.example/7)')
    expect(body[2]?.facts?.[0]).toMatchObject({ title: '\\_x\\_', value: expect.stringMatching(/^\\\[l\\\]/) })
    expect(msteams).toBeUndefined()
    expect(Buffer.byteLength(vendor.requests()[0]!.body)).toBeLessThanOrEqual(28_000)
  })

  it('says which error of the workflow it was', async () => {
    vendor.answer({ status: 404, body: { error: { code: 'WorkflowNotFound', message: 'No such flow' } } })
    await expect(vendor.send()).rejects.toMatchObject({
      failure: 'unreachable',
      code: 'teams_WorkflowNotFound',
      message: expect.stringContaining(': No such flow'),
    })
    vendor.answer({ status: 401, body: { error: { code: 'DirectApiAuthorizationRequired' } } })
    await expect(vendor.send()).rejects.toMatchObject({ failure: 'misconfigured', code: 'teams_DirectApiAuthorizationRequired' })
  })

  it('refuses the retired connectors and what is no workflow', () => {
    const problem = (webhookUrl: string) => teams.check({ destination: { webhookUrl } })[0]?.message
    expect(problem('https://contoso.webhook.office.com/webhookb2/x')).toMatch(/retired/)
    expect(problem('https://prod-1.logic.azure.com/other?sig=x')).toMatch(/must look like/)
    expect(problem('https://x.api.powerplatform.com/powerautomate/automations/direct/workflows/1/triggers/manual/paths/invoke?sig=x')).toBeUndefined()
  })

  it('reads the URL of Apprise', () => {
    expect(pasted(teams, 'workflows://prod-1.logic.azure.com:443/0a1b/sig%2Bx')).toEqual({
      destination: {
        webhookUrl:
          'https://prod-1.logic.azure.com/workflows/0a1b/triggers/manual/paths/invoke?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=sig%2Bx',
      },
    })
    expect(pasted(teams, 'workflow://h/0a1b/s?pa=yes')).toMatchObject({
      destination: { webhookUrl: expect.stringContaining('https://h/powerautomate/automations/direct/workflows/0a1b/') },
    })
    expect(pasted(teams, 'workflow://h/only')).toMatch(/workflow\/signature/)
  })
})
