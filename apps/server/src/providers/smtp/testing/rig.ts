import type { JsonObject } from '../../../domain/json.ts'
import type { Message } from '../../../domain/message.ts'
import { createOutbound, parseAllowList } from '../../../security/outbound.ts'
import { resolvingTo } from '../../../security/testing/resolving.ts'
import { createHttp } from '../../kit/http.ts'
import { closedAfterEach } from '../../testing/closing.ts'
import { exampleMessage, NOW } from '../../testing/message.ts'
import { startSmtpReceiver } from '../../testing/smtp-receiver.ts'
import { smtp } from '../smtp.ts'

/** The sender of every mail, where a test says nothing else. */
export const FROM = 'hub@carillon.example'

/** Mail servers on this machine, and mails to them; all is closed after each test. */
export function smtpRig() {
  const closing = closedAfterEach()
  const door = () => {
    const http = createHttp({ outbound: createOutbound({ allow: parseAllowList('127.0.0.1,mail.test'), lookup: resolvingTo('127.0.0.1') }) })
    closing.push(http.close)
    return http
  }
  return {
    closing,
    /** What a mail is sent through: every name leads to this machine. */
    door,
    async serve(...options: Parameters<typeof startSmtpReceiver>) {
      const server = await startSmtpReceiver(...options)
      closing.push(server.close)
      return server
    },
    send(settings: JsonObject, destination: JsonObject = { address: 'ana@example.org' }, changes: Partial<Message> = {}, settled: string[] = []) {
      closing.push(() => smtp.dispose(settings))
      const delivery = { id: 'dlv_1', attempt: 1, createdAt: NOW, settled }
      return smtp.send({ settings, destination, message: exampleMessage(changes), delivery, http: door(), clock: () => NOW })
    },
  }
}
