/** Time within which a mail server has to answer. */
const TIMEOUT_MS = 10_000

/** Sends e-mails. */
export interface Mailer {
  send: (to: string, subject: string, text: string) => Promise<void>
}

/** Makes a sender for a mail server, which is first asked when a mail is sent. */
export function createMailer(url: string, from: string): Mailer {
  return {
    send: async (to, subject, text) => {
      const { createTransport } = await import('nodemailer')
      const transport = createTransport({
        url,
        connectionTimeout: TIMEOUT_MS,
        greetingTimeout: TIMEOUT_MS,
        socketTimeout: TIMEOUT_MS,
      })
      try {
        await transport.sendMail({ from, to: { name: '', address: to }, subject, text })
      } finally {
        transport.close()
      }
    },
  }
}
