import { htmlPage, plain } from './page.ts'

/** What the hub says of itself to everybody: the name that its mails use, and its version. */
export interface About {
  name: string
  version: string
}

/** The page at `/`. Every mail links to it, so it speaks to people who never heard of a hub first. */
export const homePage = ({ name, version }: About): string =>
  htmlPage(
    name,
    `<h1>${plain(name)}</h1>
<p>This is a notification hub: applications report to it what happened, and it tells the people who want to know.</p>
<h2>You came from a message?</h2>
<p>There is nothing to sign in to here. Ask whoever runs this hub, or the application that the message is about, to change or stop your notifications.</p>
<h2>You write an application, or run this hub?</h2>
<ul>
<li><a href="/docs">API reference</a>: every route with an example</li>
<li><a href="/openapi.json">OpenAPI document</a>: the same for generators</li>
<li><a href="/health/ready">Health</a>: whether the hub can work now</li>
</ul>
<p>Carillon ${plain(version)}</p>`,
  )

/** Whether a request for `/` is a person’s: a program that asks for JSON gets a problem, as from every path that is no route. */
export const wantsPage = (accept: string | undefined): boolean => {
  const types = (accept ?? '*/*').toLowerCase()
  return types.includes('text/html') || !types.includes('json')
}
