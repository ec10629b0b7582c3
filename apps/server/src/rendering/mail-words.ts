interface Words {
  /** The button that leads to the event's `url`. */
  open: string
  /** The reason for the mail: its subject matter and the hub that sent it. */
  why(about: string, instance: string): string
  topic(about: string, topic: string, instance: string): string
}

/** The hub's fixed texts in a mail; all others come from the template. */
const WORDS: Record<string, Words> = {
  en: {
    open: 'Open',
    why: (about, instance) => `You are receiving this email because ${instance} notifies you about “${about}”.`,
    topic: (about, topic, instance) => `You are receiving this email because ${instance} notifies you about “${about}” in ${topic}.`,
  },
  fr: {
    open: 'Ouvrir',
    why: (about, instance) => `Vous recevez ce message parce que ${instance} vous informe de « ${about} ».`,
    topic: (about, topic, instance) => `Vous recevez ce message parce que ${instance} vous informe de « ${about} » dans ${topic}.`,
  },
  de: {
    open: 'Öffnen',
    why: (about, instance) => `Sie bekommen diese Nachricht, weil ${instance} Sie über „${about}“ unterrichtet.`,
    topic: (about, topic, instance) => `Sie bekommen diese Nachricht, weil ${instance} Sie über „${about}“ in ${topic} unterrichtet.`,
  },
  es: {
    open: 'Abrir',
    why: (about, instance) => `Recibe este mensaje porque ${instance} le informa de «${about}».`,
    topic: (about, topic, instance) => `Recibe este mensaje porque ${instance} le informa de «${about}» en ${topic}.`,
  },
  zh: {
    open: '打开',
    why: (about, instance) => `您收到此邮件，是因为 ${instance} 会通知您“${about}”。`,
    topic: (about, topic, instance) => `您收到此邮件，是因为 ${instance} 会通知您 ${topic} 中的“${about}”。`,
  },
}

const wordsOf = (locale: string): Words => WORDS[locale.slice(0, 2).toLowerCase()] ?? WORDS['en']!

export const openLabel = (locale: string): string => wordsOf(locale).open

export function mailReason(locale: string, about: string, instance: string, topic?: string): string {
  const words = wordsOf(locale)
  return topic === undefined ? words.why(about, instance) : words.topic(about, topic, instance)
}
