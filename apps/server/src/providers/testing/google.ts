import { generateKeyPairSync } from 'node:crypto'
import { jwtVerify } from 'jose'
import { type Received, type Receiver, startReceiver } from './receiver.ts'

/** One key for all tests, because generating it is slow. */
const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })

export interface Google extends Receiver {
  /** The key file of a service account that this server accepts. */
  keyFile(changes?: object): string
  /** Issued tokens, in order. */
  tokens: string[]
  /** Revoked tokens. */
  withdrawn: Set<string>
  /** Messages with a valid access token. */
  sent: Received[]
  /** The response in place of success; undefined = accept. */
  answer(script: (message: Received) => { status: number; body?: object; headers?: Record<string, string> } | undefined): void
}

/** A fake of Google's token endpoint and Firebase's `messages:send`. Assertions (RFC 7523) and access tokens are verified as Google does. */
export async function startGoogle(now: () => number): Promise<Google> {
  const tokens: string[] = []
  const withdrawn = new Set<string>()
  const sent: Received[] = []
  let script: Parameters<Google['answer']>[0] = () => undefined

  const server = await startReceiver(async (request) => {
    if (request.path === '/token') {
      const form = new URLSearchParams(request.body)
      try {
        if (form.get('grant_type') !== 'urn:ietf:params:oauth:grant-type:jwt-bearer') throw new Error('another grant')
        const { payload, protectedHeader } = await jwtVerify(form.get('assertion') ?? '', pair.publicKey, {
          algorithms: ['RS256'],
          issuer: 'bells@project-1.iam.example',
          audience: `${server.url}/token`,
          currentDate: new Date(now()),
          maxTokenAge: '1h',
        })
        if (payload['scope'] !== 'https://www.googleapis.com/auth/firebase.messaging' || protectedHeader.kid !== 'key-1')
          throw new Error('another scope or key')
      } catch {
        return { status: 400, body: { error: 'invalid_grant', error_description: 'Invalid JWT' } }
      }
      tokens.push(`ya29.${tokens.length + 1}`)
      return { body: { access_token: tokens.at(-1), expires_in: 3599, token_type: 'Bearer' } }
    }
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
    if (!tokens.includes(token) || withdrawn.has(token)) return { status: 401, body: { error: { code: 401, status: 'UNAUTHENTICATED' } } }
    if (!request.body.startsWith('{"validate_only":true,')) sent.push(request)
    return script(request) ?? { body: { name: `projects/project-1/messages/${sent.length}` } }
  })

  return Object.assign(server, {
    tokens,
    withdrawn,
    sent,
    answer(next: typeof script) {
      script = next
    },
    keyFile: (changes: object = {}) =>
      JSON.stringify(
        {
          type: 'service_account',
          project_id: 'project-1',
          private_key_id: 'key-1',
          private_key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }),
          client_email: 'bells@project-1.iam.example',
          token_uri: `${server.url}/token`,
          ...changes,
        },
        null,
        2,
      ),
  })
}

/** An error in Firebase's format. */
export const fcmError = (
  code: number,
  status: string,
  errorCode?: string,
  field?: string,
  message = 'said by the test',
  retryDelay?: string,
): { status: number; body: object } => ({
  status: code,
  body: {
    error: {
      code,
      status,
      message,
      details: [
        ...(errorCode === undefined ? [] : [{ '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode }]),
        ...(field === undefined ? [] : [{ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [{ field, description: 'is wrong' }] }]),
        ...(retryDelay === undefined ? [] : [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay }]),
      ],
    },
  },
})
