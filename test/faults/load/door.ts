import { setTimeout as pause } from 'node:timers/promises';
import type { Journal } from './journal.ts';

export interface Asked {
  method?: string;
  path: string;
  token: string;
  body?: object;
  headers?: Record<string, string>;
}

export interface Answered {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: what a server sends is of whatever shape it is
  body: any;
}

/** Longest that the load waits for an answer, and from one try to the next; milliseconds. */
const [patience, rest] = [15_000, 100];
/** What a platform says that cannot now: try again. */
const later = [429, 503, 504];

/** The platform's HTTP entry as the load uses it. */
export interface Door {
  /** One try. Undefined where there was no answer, or one that says to come again. */
  attempt(asked: Asked): Promise<Answered | undefined>;
  /**
   * The same request until it is answered, with one of `expected`; another answer is a complaint, and asked again.
   * Undefined once `over`.
   */
  insist(asked: Asked, expected: readonly number[]): Promise<Answered | undefined>;
}

export function doorTo(url: string, { failures, complaints }: Journal, over: () => boolean): Door {
  const failed = (what: string) => void failures.set(what, (failures.get(what) ?? 0) + 1);

  async function attempt({ method = 'GET', path, token, body, headers }: Asked): Promise<Answered | undefined> {
    const type = path.startsWith('/fhir') ? 'application/fhir+json' : 'application/json';
    try {
      const response = await fetch(url + path, {
        method,
        headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': type }), ...headers },
        signal: AbortSignal.timeout(patience),
        ...(body && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (!later.includes(response.status)) return { status: response.status, body: text && JSON.parse(text) };
      failed(`${response.status}`);
    } catch {
      failed('unanswered');
    }
    return undefined;
  }

  return {
    attempt,
    async insist(asked, expected) {
      while (!over()) {
        const answer = await attempt(asked);
        if (answer && expected.includes(answer.status)) return answer;
        if (answer) complaints.push(complaintOf(asked, answer));
        await pause(rest);
      }
      return undefined;
    },
  };
}

/** Ids are left out, so that the same complaint reads the same. */
export function complaintOf({ method = 'GET', path }: Asked, { status, body }: Answered): string {
  const where = path.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '<id>');
  const said = body?.issue?.[0]?.diagnostics ?? body?.detail ?? body?.error_description ?? '';
  return `${method} ${where}: ${status} ${said}`;
}
