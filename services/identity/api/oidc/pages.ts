import { createHash } from 'node:crypto';

const style = `
:root { color-scheme: light dark; font: 100%/1.5 system-ui, sans-serif }
body { margin: 0; display: grid; place-items: center; min-height: 100vh }
main { width: min(24rem, 90vw); padding: 1.5rem }
h1 { font-size: 1.5rem }
label { display: block; margin-top: 1rem; font-weight: 600 }
input { box-sizing: border-box; width: 100%; padding: .6rem; font: inherit }
button { margin: 1.25rem .75rem 0 0; padding: .6rem 1.25rem; font: inherit; font-weight: 600 }
[role=alert] { border-left: .3rem solid #c62828; padding: .25rem .75rem }
`;
const styleHash = createHash('sha256').update(style).digest('base64');

/**
 * Headers of our pages: no script, no frame, no cache, nothing loaded from anywhere.
 * @param formTarget where a posted form may lead in the end: browsers hold redirects after a post to `form-action` too
 */
export function pageHeaders(formTarget = ''): Record<string, string> {
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self' ${formTarget}; frame-ancestors 'none'; base-uri 'none'`,
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  };
}

/** What a Content-Security-Policy calls the target of this redirect URI: its origin, or the scheme of an application. */
export function formTarget(redirectUri: unknown): string {
  const url = URL.parse(String(redirectUri));
  if (!url) return '';
  return url.origin === 'null' ? url.protocol : url.origin;
}

interface Form {
  /** Proves that the form is from us, for this interaction. */
  csrf: string;
  /** Name of the application that asks. */
  client: string;
}

/** Asks for login and password; posts to its own address. */
export function loginPage({ csrf, client, login = '', error }: Form & { login?: string; error?: string }): string {
  const alert = error ? `<p role="alert" id="error">${html(error)}</p>` : '';
  const described = error ? ' aria-describedby="error" aria-invalid="true"' : '';
  return page(
    'Log in',
    `<h1>Log in to HealthChain</h1>
<p>${html(client)} asks you to log in.</p>${alert}
<form method="post">
<input type="hidden" name="csrf" value="${html(csrf)}">
<label for="login">User name</label>
<input id="login" name="login" value="${html(login)}" autocomplete="username" autocapitalize="none" spellcheck="false" required${login ? '' : ' autofocus'}${described}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required${login ? ' autofocus' : ''}${described}>
<button type="submit">Log in</button>
</form>`,
  );
}

/** Asks whether a third party's application may have these scopes. */
export function consentPage({ csrf, client, scopes, purpose }: Form & { scopes: string[]; purpose: string }): string {
  const items = scopes.map((scope) => `<li><code>${html(scope)}</code></li>`).join('');
  return page(
    'Allow access',
    `<h1>Allow ${html(client)}?</h1>
<p>It asks to act for you (purpose of use ${html(purpose)}) with these permissions:</p>
<ul>${items}</ul>
<form method="post">
<input type="hidden" name="csrf" value="${html(csrf)}">
<button type="submit" name="decision" value="allow">Allow</button>
<button type="submit" name="decision" value="deny">Do not allow</button>
</form>`,
  );
}

/** @param form the provider's own form, whose buttons these are */
export function logoutPage(form: string): string {
  return page(
    'Log out',
    `<h1>Log out of HealthChain?</h1>${form}
<button form="op.logoutForm" type="submit" name="logout" value="yes" autofocus>Log out</button>
<button form="op.logoutForm" type="submit">Stay logged in</button>`,
  );
}

/** A page that only says something. */
export function notePage(title: string, text: string): string {
  return page(title, `<h1>${html(title)}</h1><p>${html(text)}</p>`);
}

function page(title: string, main: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${html(title)} – HealthChain</title><style>${style}</style></head>
<body><main>${main}</main></body></html>`;
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const html = (text: string) => text.replace(/[&<>"']/g, (character) => entities[character]!);
