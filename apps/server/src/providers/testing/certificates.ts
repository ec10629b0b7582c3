import { createPrivateKey, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto'

/**
 * A private authority and a server certificate for 127.0.0.1, or a name, that it signed (RFC 5280). Generated in each run, so the
 * repository contains no key. Both expire at the end of the year `until`.
 */
export function createCertificates({ name, until = 2049 }: { name?: string; until?: number } = {}): { ca: string; cert: string; key: string } {
  // OpenSSL finds an authority by its name.
  const issuer = `Test authority ${randomUUID()}`
  const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const server = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const isAuthority = extension('551d13', sequence(Buffer.from('0101ff', 'hex')), true)
  const address = name === undefined ? tagged(0x87, Buffer.from([127, 0, 0, 1])) : tagged(0x82, Buffer.from(name))
  const forAddress = extension('551d11', sequence(address))
  const certificate = (subject: string, key: KeyObject, serial: number, more: Buffer) => signed(subject, key, serial, more, until, issuer, authority.privateKey)
  return {
    ca: certificate(issuer, authority.publicKey, 1, isAuthority),
    cert: certificate(name ?? '127.0.0.1', server.publicKey, 2, forAddress),
    key: createPrivateKey({ key: server.privateKey.export({ type: 'pkcs8', format: 'der' }), format: 'der', type: 'pkcs8' }).export({
      type: 'pkcs8',
      format: 'pem',
    }) as string,
  }
}

function signed(name: string, key: KeyObject, serial: number, more: Buffer, until: number, issuer: string, signer: KeyObject): string {
  const algorithm = sequence(objectId('2a8648ce3d040302')) // ecdsa-with-SHA256
  const valid = sequence(tagged(0x17, Buffer.from('200101000000Z')), tagged(0x17, Buffer.from(`${until % 100}1231235959Z`)))
  const body = sequence(
    tagged(0xa0, tagged(0x02, Buffer.from([2]))), // version 3
    tagged(0x02, Buffer.from([serial])),
    algorithm,
    named(issuer),
    valid,
    named(name),
    key.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(more)),
  )
  const signature = tagged(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', body, signer)]))
  const text = sequence(body, algorithm, signature).toString('base64')
  return `-----BEGIN CERTIFICATE-----\n${text.match(/.{1,64}/g)?.join('\n')}\n-----END CERTIFICATE-----\n`
}

// DER (X.690): a tag, a length, the content.
function tagged(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}
const sequence = (...parts: Buffer[]): Buffer => tagged(0x30, ...parts)
const objectId = (hex: string): Buffer => tagged(0x06, Buffer.from(hex, 'hex'))
const named = (name: string): Buffer => sequence(tagged(0x31, sequence(objectId('550403'), tagged(0x0c, Buffer.from(name)))))
const extension = (id: string, value: Buffer, critical = false): Buffer =>
  sequence(objectId(id), ...(critical ? [Buffer.from('0101ff', 'hex')] : []), tagged(0x04, value))
