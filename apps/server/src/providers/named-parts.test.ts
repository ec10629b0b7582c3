import { describe, expect, it } from 'vitest'
import type { OptionalPart } from '../domain/message.ts'
import { discord } from './discord/discord.ts'
import { providers } from './index.ts'
import { linesIn, partsNamed } from './kit/named-parts.ts'
import { ntfy } from './ntfy/ntfy.ts'
import { playVendor } from './testing/vendor.ts'

const field = (...path: string[]) =>
  path.reduceRight<object>((inner, name) => ({ [name]: inner }), { _errors: [{ code: 'BASE_TYPE_REQUIRED', message: 'No' }] })
const discordError = (...path: string[]) => ({ code: 50035, message: 'Invalid Form Body', errors: field(...path) })
const slackError = (...errors: string[]) => ({ ok: false, error: 'invalid_blocks', errors })
const googleError = (path: string) => ({
  error: {
    code: 400,
    message: 'Request contains an invalid argument.',
    status: 'INVALID_ARGUMENT',
    details: [{ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [{ field: path, description: 'Invalid value' }] }],
  },
})

/** What vendors answer to a part that they refuse; an empty list: they name none that we send. */
const ANSWERS: Record<string, [answer: unknown, parts: OptionalPart[]][]> = {
  discord: [
    [discordError('embeds', '0', 'url'), ['link']],
    [discordError('embeds', '0', 'image', 'url'), ['picture']],
    [discordError('embeds', '0', 'fields', '2', 'value'), ['fields']],
    [discordError('avatar_url'), ['avatar']],
    [{ ...discordError('embeds', '0', 'url'), errors: { embeds: { 0: { ...field('url'), ...field('image', 'url') } } } }, ['link', 'picture']],
    [discordError('embeds', '0', 'description'), []],
    [{ embeds: ['0'] }, []],
  ],
  slack: [
    [slackError('downloading image failed [json-pointer:/attachments/0/blocks/1/image_url]'), ['picture']],
    [slackError('must be a valid URL [json-pointer:/attachments/0/blocks/2/elements/0/url]'), ['buttons']],
    [slackError('must be more than 0 characters [json-pointer:/attachments/0/blocks/1/fields/3/text]'), ['fields']],
    [slackError('invalid_url [json-pointer:/blocks/0/text/text]'), ['link']],
    ['invalid_blocks', []],
    ['invalid_attachments', []],
  ],
  telegram: [
    [{ ok: false, error_code: 400, description: "Bad Request: inline keyboard button URL 'http://x/1' is invalid: Wrong HTTP URL" }, ['buttons']],
    [{ ok: false, error_code: 400, description: 'Bad Request: BUTTON_URL_INVALID' }, ['buttons']],
    [{ ok: false, error_code: 400, description: "Bad Request: can't parse entities in reply markup" }, ['buttons']],
    [{ ok: false, error_code: 400, description: 'Bad Request: WEBPAGE_CURL_FAILED' }, ['picture']],
    [{ ok: false, error_code: 400, description: 'Bad Request: failed to get HTTP URL content' }, ['picture']],
    [{ ok: false, error_code: 400, description: 'Bad Request: wrong type of the web page content' }, ['picture']],
    [{ ok: false, error_code: 400, description: 'Bad Request: message text is empty' }, []],
  ],
  ntfy: [
    [{ code: 40013, http: 400, error: 'invalid request: attachment URL is invalid', link: 'https://ntfy.sh/docs/publish/#attachments' }, ['picture']],
    [{ code: 40014, http: 400, error: 'invalid request: attachments not allowed' }, ['picture']],
    [{ code: 40018, http: 400, error: 'invalid request: actions invalid, only 3 actions allowed', link: '#action-buttons' }, ['buttons']],
    [{ code: 40017, http: 400, error: 'invalid request: request body must be message JSON', link: 'https://ntfy.sh/docs/publish/#publish-as-json' }, []],
  ],
  fcm: [
    [googleError('message.notification.image'), ['picture']],
    [googleError('message.android.notification.image'), ['picture']],
    [googleError('message.data[0].value'), ['link']],
    [googleError('message.token'), []],
  ],
  'google-chat': [
    [googleError('message.cards_v2[0].card.sections[0].widgets[2].image.image_url'), ['picture']],
    [googleError('message.cards_v2[0].card.sections[0].widgets[3].button_list.buttons[0].on_click.open_link.url'), ['buttons']],
    [googleError('message.cards_v2[0].card.sections[0].widgets[1].decorated_text.text'), ['fields']],
    [googleError('message.cards_v2[0].card.header'), []],
  ],
  feishu: [
    [{ code: 230099, msg: 'Failed to create card content, ext=ErrCode: 200621; ErrMsg: parse card json err; ErrorValue: button;' }, ['buttons']],
    [{ code: 19002, msg: 'params error, unknown card value' }, []],
  ],
  pushover: [
    [{ url: 'is too long', errors: ['url is too long'], status: 0, request: 'a-b' }, ['link']],
    [{ message: 'cannot be blank', errors: ['message cannot be blank'], status: 0, request: 'a-b' }, []],
  ],
  pushbullet: [
    [{ error: { code: 'invalid_param', type: 'invalid_request', message: 'The param is invalid', param: 'url' } }, ['link']],
    [{ error: { code: 'invalid_param', type: 'invalid_request', message: 'The url of nothing', param: 'body' } }, []],
  ],
  rocketchat: [
    [{ success: false, error: 'Match error: Expected string, got null in field attachments[0].image_url' }, ['picture']],
    [{ success: false, error: 'Match error: Expected boolean in field attachments[0].fields[1].short' }, ['fields']],
  ],
  mattermost: [[{ id: 'x', message: 'image_url is invalid', status_code: 400 }, ['picture']]],
  teams: [
    [{ error: { code: 'InvalidAdaptiveCard', message: "The property 'url' of 'Action.OpenUrl' is invalid" } }, ['buttons']],
    [{ error: { code: 'WorkflowTriggerIsNotEnabled', message: 'An action of the workflow is off' } }, []],
  ],
  notifiarr: [[{ result: 'error', details: { response: 'images.image is not a valid url' } }, ['picture']]],
  pushcut: [[{ error: 'image: not a valid URL' }, ['picture']]],
  bark: [[{ code: 400, message: 'invalid icon' }, ['avatar']]],
  gotify: [[{ error: 'Bad Request', errorCode: 400, errorDescription: "Field 'extras.client::notification.bigImageUrl' is invalid" }, ['picture']]],
  prowl: [['<prowl><error code="400">Bad request, invalid url</error></prowl>', ['link']]],
  join: [[{ success: false, errorMessage: 'image is not a valid address' }, ['picture']]],
}
const NAMES_NOTHING = ['apns', 'matrix']

describe.each(Object.entries(ANSWERS))('what %s answers', (id, answers) => {
  const provider = providers.find((one) => one.id === id)
  it.each(answers)('%j names %j', (answer, parts) => {
    expect(partsNamed(provider?.names ?? {}, typeof answer === 'string' ? answer : JSON.stringify(answer))).toEqual(parts)
  })
})

describe('a vendor that refuses a part', () => {
  it('is either asked which, or known to name none', () => {
    const asked = providers.filter(({ optional = [] }) => optional.length > 0).map(({ id, names }) => [id, names !== undefined])
    expect(asked.filter(([, named]) => named).map(([id]) => id)).toEqual(expect.arrayContaining(Object.keys(ANSWERS)))
    expect(asked.filter(([, named]) => !named).map(([id]) => id)).toEqual(NAMES_NOTHING)
    for (const { optional = [], names = {} } of providers) expect(optional).toEqual(expect.arrayContaining(Object.keys(names)))
  })

  it('cannot make reading its answer long', () => {
    const deep = `${'{"a":'.repeat(3_000)}1${'}'.repeat(3_000)}`
    const wide = JSON.stringify(Array.from({ length: 5_000 }, (_, n) => `button ${n}`))
    for (const text of [deep, wide, `${'x'.repeat(60_000)}`, 'button\n'.repeat(9_000)]) {
      expect(linesIn(text).length).toBeLessThanOrEqual(200)
      expect(Math.max(...linesIn(text).map(({ length }) => length), 0)).toBeLessThanOrEqual(300)
    }
  })
})

describe('the refusal of a part', () => {
  const hook = { webhookUrl: `https://discord.com/api/webhooks/123456789012345678/${'t'.repeat(68)}` }
  const chat = playVendor(discord, (apiUrl) => ({ settings: { apiUrl }, destination: hook }))
  const push = playVendor(ntfy, (server) => ({ settings: { server }, destination: { topics: ['a', 'b'] } }))

  it('says which part it was', async () => {
    chat.answer({ status: 400, body: discordError('embeds', '0', 'fields', '2', 'value') })
    await expect(chat.send()).rejects.toMatchObject({ failure: 'rejected', parts: ['fields'] })
    chat.answer({ status: 400, body: { embeds: ['0'] } })
    await expect(chat.send()).rejects.toMatchObject({ failure: 'rejected', parts: [] })
  })

  it('is not read from the message that another place repeats when it accepts it', async () => {
    const refused = { status: 400, body: { code: 40013, http: 400, error: 'invalid request: attachment URL is invalid' } }
    push.answers({ body: { id: '1', click: 'https://x.example', actions: [{ label: 'action invalid' }] } }, { status: 503 })
    await expect(push.send()).rejects.toMatchObject({ failure: 'temporary', parts: [] })
    push.answers(refused)
    await expect(push.send()).rejects.toMatchObject({ failure: 'rejected', parts: ['picture'] })
  })
})
