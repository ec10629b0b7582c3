import { type Static, Type } from 'typebox'
import { MINUTE } from '../../domain/time.ts'
import { composeMail, mimeOf } from '../kit/compose-mail.ts'
import type { HttpResponse } from '../kit/contract.ts'
import { defineProvider } from '../kit/define-provider.ts'
import { text, url } from '../kit/fields.ts'
import { blame } from '../kit/http-errors.ts'
import { mailProblems, personalMail, recipientsOf, sameMail, senderAdvice, senderFor, senderSettings, sharedMail } from '../kit/mail.ts'
import { CLOUDS, cloudSetting, microsoftTokenUrl, oauthApp, oauthProblems, oauthSettings, tenantProblems } from '../kit/oauth-settings.ts'
import { accessToken, type TokenJob } from '../kit/oauth-tokens.ts'
import { below, urlProblems } from '../kit/urls.ts'
import { vendorError } from '../kit/vendor-api.ts'
import { verdict } from './graph-errors.ts'

const settings = Type.Object({
  ...senderSettings,
  ...oauthSettings,
  tenant: text({
    title: 'Tenant',
    description: 'The directory id or a domain of the organisation. With a refresh token also `common`.',
    pattern: '^[A-Za-z0-9.-]{1,253}$',
    examples: ['contoso.example'],
  }),
  clientId: text({
    title: 'Client id',
    description: 'The id of the application registered in Microsoft Entra.',
    examples: ['11111111-2222-3333-4444-555555555555'],
  }),
  cloud: cloudSetting(),
  apiUrl: Type.Optional(url({ title: 'API address', description: 'For a proxy in place of https://graph.microsoft.com.', 'x-advanced': true })),
})
type Settings = Static<typeof settings>

/** Recipients of one message, https://learn.microsoft.com/office365/servicedescriptions/exchange-online-service-description/exchange-online-limits */
const MOST = 500

/**
 * E-mail of Microsoft 365 through Graph's `sendMail`, which takes the same MIME text that a mail server would get. As an application
 * (`Mail.Send`, application permission), or with a refresh token as the person who signed in. Written from the documentation, not tested against the
 * live service; (unverified): that Graph checks the permission before the body of the test of the settings, and that it keeps the Message-ID.
 */
export const graph = defineProvider({
  id: 'graph',
  name: 'Microsoft 365 (Graph)',
  channel: 'email',
  inMain: true,
  docs: 'https://learn.microsoft.com/graph/api/user-sendmail',
  preview: true,
  settings,
  destination: personalMail,
  sharedDestination: sharedMail,
  // Four requests at once per application and mailbox; thirty mails a minute per mailbox.
  capabilities: { format: 'html', title: 400, target: 'connection', concurrency: 4, rate: { count: 30, perMs: MINUTE } },

  async send({ settings, destination, message, delivery, ...job }) {
    const from = senderFor('Microsoft 365', settings.from)
    const mail = composeMail({ from, replyTo: settings.replyTo, recipients: recipientsOf(destination), message, delivery })
    const mime = await mimeOf(mail)
    const response = await post(settings, job, mime.toString('base64'))
    if (response.status < 200 || response.status > 299) throw refusal(settings, job, response)
    // The answer is empty.
    return { externalId: mail.messageId }
  },

  // A body that is no MIME text: a refusal of the body means that everything before it was accepted, and nothing is sent.
  async verify({ settings, ...job }) {
    const response = await post(settings, job, '-')
    if (response.status !== 400 && (response.status < 200 || response.status > 299)) throw refusal(settings, job, response)
  },

  check: ({ settings: given, destination }) => [
    ...urlProblems('/settings/apiUrl', given?.apiUrl),
    ...(given ? [...oauthProblems(given), ...tenantProblems(given)] : []),
    ...mailProblems({ ...(given && { settings: given }), ...(destination && { destination }) }, MOST),
  ],
  advise: senderAdvice,
  sameAddress: sameMail,
})

type Job = Omit<TokenJob, 'settings'>

/** With a new token once more, when the vendor no longer accepts the one it was given. */
async function post(given: Settings, job: Job, body: string): Promise<HttpResponse> {
  const app = oauthApp(given, { tokenUrl: microsoftTokenUrl(given), scope: scopeOf(given) })
  const ask = (token: string) =>
    job.http.request(apiOf(given), { accept: 'all', headers: { authorization: `Bearer ${token}`, 'content-type': 'text/plain' }, body }).catch(blame)
  const token = await accessToken(app, { ...job, settings: given })
  const response = await ask(token)
  if (response.status !== 401 || verdict(response).code !== 'InvalidAuthenticationToken') return response
  const renewed = await accessToken(app, { ...job, settings: given }, token)
  return renewed === token ? response : ask(renewed)
}

const cloudOf = ({ cloud = 'global' }: Settings) => CLOUDS[cloud]

/** What the consent allows; an application has no scopes but those that were granted to it. */
const scopeOf = (given: Settings): string =>
  given.refreshToken === undefined ? `${cloudOf(given).graph}/.default` : `${cloudOf(given).graph}/Mail.Send offline_access`

/** A person sends as themselves, an application as the mailbox of the sender. */
function apiOf(given: Settings): string {
  const whose = given.refreshToken === undefined ? `users/${encodeURIComponent(senderFor('Microsoft 365', given.from).address)}` : 'me'
  return below(given.apiUrl ?? cloudOf(given).graph, `/v1.0/${whose}/sendMail`)
}

const refusal = (given: Settings, { clock }: Job, response: HttpResponse) =>
  vendorError({ clock, url: apiOf(given), secrets: [given.clientSecret ?? '', given.refreshToken ?? ''] }, response, verdict(response))
