import type { Severity } from '../domain/event-type.ts'
import type { Action, Field } from '../domain/message.ts'
import { directionOfLocale } from './direction.ts'
import { escapeHtml } from './entities.ts'

/** The parts of a mail around its body. All are plain text except those whose names end in `Html`, which are already escaped. */
interface Mail {
  title: string
  bodyHtml: string
  /** The preview line that mail programs show next to the subject. */
  preheader: string
  severity: Severity
  actions: Action[]
  fields: Field[]
  locale: string
  instance: { name: string; url: string }
  /** Why the reader gets this mail, as text and as HTML. */
  reason: string
  reasonHtml: string
}

/** Colours of bar and buttons; all have a contrast of at least 4.5:1 against white. */
const COLOURS: Record<Severity, string> = {
  debug: '#5f6b7a',
  info: '#1b6ca8',
  success: '#1e7d4f',
  warning: '#9a6200',
  error: '#c4281c',
  critical: '#a30f2d',
}

const FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"

/**
 * Mail programs that support `<style>` get dark colours and narrow screens from here; others use the inline styles. Both name no side: the same
 * mail is laid out from left to right and from right to left.
 */
const STYLE = `
:root{color-scheme:light dark;supported-color-schemes:light dark}
body{margin:0;padding:0;word-break:break-word;-webkit-text-size-adjust:100%}
.body p,.body ul,.body ol,.body pre,.body table{margin:0 0 16px}
.body h1,.body h2,.body h3,.body h4{margin:0 0 12px;line-height:1.3}
.body pre{padding:12px;overflow-x:auto;white-space:pre-wrap;background:#f1f3f5;border-radius:6px;font-size:13px}
.body code{font-family:ui-monospace,Consolas,monospace;font-size:.92em}
.body blockquote{margin:0 12px 16px;padding-inline-start:12px;border-inline-start:3px solid #ced4da}
.body th,.body td{padding:4px 6px;text-align:start}
@media (max-width:480px){.pad{padding-inline:18px!important}.button{display:block!important;text-align:center}}
@media (prefers-color-scheme:dark){.page{background:#141517!important}.card{background:#1f2124!important}.ink,.body{color:#e6e8ea!important}.soft,.soft a{color:#a5abb3!important}.body a{color:#74b4ff!important}.body pre{background:#2b2e33!important}.line{border-color:#3a3e44!important}}
`.trim()

/** The whole HTML document: tables for old mail programs, no remote resources, no scripts. */
export function mailDocument(mail: Mail): string {
  const colour = COLOURS[mail.severity]
  const language = escapeHtml(mail.locale)
  const direction = directionOfLocale(mail.locale)
  return `<!doctype html>
<html lang="${language}" dir="${direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${escapeHtml(mail.title)}</title>
<style>${STYLE}</style>
</head>
<body class="page" style="margin:0;padding:0;background:#f1f3f5">
<div dir="auto" style="display:none;max-height:0;overflow:hidden;mso-hide:all">${escapeHtml(mail.preheader)}${'&#8199;&#65279;'.repeat(mail.preheader.length < 80 ? 40 : 0)}</div>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" class="page" style="background:#f1f3f5"><tr><td align="center" style="padding:24px 12px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" class="card" style="max-width:600px;background:#ffffff;border-radius:8px;overflow:hidden">
<tr><td style="height:6px;line-height:6px;font-size:0;background:${colour}">&nbsp;</td></tr>
<tr><td class="pad ink" style="padding:28px 32px 0;${FONT};color:#1c2024"><h1 dir="auto" style="margin:0 0 16px;font-size:21px;line-height:1.3">${escapeHtml(mail.title)}</h1></td></tr>
<tr><td class="pad body" style="padding:0 32px 8px;${FONT};font-size:15px;line-height:1.55;color:#1c2024">
${mail.bodyHtml}
</td></tr>${fieldRows(mail.fields)}${buttons(mail.actions, colour)}
<tr><td class="pad soft line" style="padding:16px 32px 24px;border-top:1px solid #e3e6e9;${FONT};font-size:12px;line-height:1.5;color:#5f6770">${mail.reasonHtml}<br><a dir="auto" href="${escapeHtml(mail.instance.url)}" style="color:#5f6770">${escapeHtml(mail.instance.name)}</a></td></tr>
</table>
</td></tr></table>
</body>
</html>
`
}

function fieldRows(fields: Field[]): string {
  if (fields.length === 0) return ''
  const rows = fields
    .map(
      ({ label, value }) =>
        // A cell: some programs centre `th`, and a side for it would be wrong in half of the languages.
        `<tr><td dir="auto" role="rowheader" class="soft" style="padding:4px 6px;vertical-align:top;color:#5f6770">${escapeHtml(label)}</td><td dir="auto" class="ink" style="padding:4px 6px;color:#1c2024">${escapeHtml(value)}</td></tr>`,
    )
    .join('\n')
  return `
<tr><td class="pad" style="padding:0 32px 16px"><table cellpadding="0" cellspacing="0" border="0" style="${FONT};font-size:14px;line-height:1.5">
${rows}
</table></td></tr>`
}

function buttons(actions: Action[], colour: string): string {
  if (actions.length === 0) return ''
  const links = actions
    .map(
      ({ label, url }) =>
        `<a href="${escapeHtml(url)}" target="_blank" rel="noopener noreferrer" dir="auto" class="button" style="display:inline-block;margin:0 4px 8px;padding:10px 18px;border-radius:6px;background:${colour};color:#ffffff;font-weight:600;text-decoration:none">${escapeHtml(label)}</a>`,
    )
    .join('\n')
  return `
<tr><td class="pad" style="padding:4px 32px 20px;${FONT};font-size:15px">
${links}
</td></tr>`
}

/** The same mail as plain text. */
export function mailText(bodyText: string, { fields, actions, reason, instance }: Pick<Mail, 'fields' | 'actions' | 'reason' | 'instance'>): string {
  const parts = [
    bodyText,
    fields.map(({ label, value }) => `${label}: ${value}`).join('\n'),
    actions.map(({ label, url }) => `${label}: ${url}`).join('\n'),
    `-- \n${reason}\n${instance.name}: ${instance.url}`,
  ]
  return parts.filter((part) => part !== '').join('\n\n')
}
