import { expect, it } from 'vitest'
import { signAws } from './aws-signature.ts'

// The worked example of the AWS documentation, signature included.
it('signs the example of the AWS documentation', () => {
  const headers = signAws({
    method: 'GET',
    url: 'https://iam.amazonaws.com/?Version=2010-05-08&Action=ListUsers',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body: '',
    region: 'us-east-1',
    service: 'iam',
    accessKeyId: 'AKIDEXAMPLE',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
    now: Date.UTC(2015, 7, 30, 12, 36, 0),
  })
  expect(headers).toEqual({
    'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8',
    'x-amz-date': '20150830T123600Z',
    authorization:
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, ' +
      'Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
  })
})
