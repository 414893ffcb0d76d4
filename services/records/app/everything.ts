import { isResourceType } from '../../../contracts/rules/vocabulary.ts';
import { Failure } from '../../../kernel/errors.ts';
import type { RecordsConfig } from '../config.ts';
import type { Page } from './answers.ts';
import { type Caller, mayUse, requireScope } from './caller.ts';
import type { Compartments } from './compartments.ts';
import type { Contents } from './content.ts';
import { notForYou } from './decision.ts';
import type { Directory } from './directory.ts';
import type { Choice, Guard, Verdict } from './guard.ts';
import { pageOf, withCursor } from './paging.ts';
import type { Resources } from './resources.ts';
import { accessed } from './search.ts';
import type { Entry } from './views.ts';

/**
 * `Patient/{id}/$everything` (FHIR R4): the patient's compartment with the organisations, practitioners and the like
 * that it refers to, page by page. Takes `_type`, `_since`, `_count`.
 * @throws Failure `forbidden` where the patient is closed; `not-supported`, `value` for its parameters
 */
export type Everything = (caller: Caller, patient: string, query: string) => Promise<Page>;

interface Parts {
  guard: Guard;
  compartments: Compartments;
  contents: Contents;
  resources: Resources;
  directory: Directory;
  config: Pick<RecordsConfig, 'SEARCH_PAGE_LIMIT'>;
  fhirBase: string;
}

export function everything(parts: Parts): Everything {
  const { guard, compartments, contents, resources, directory, config, fhirBase } = parts;
  const sizes = { usual: config.SEARCH_PAGE_LIMIT, largest: config.SEARCH_PAGE_LIMIT };

  async function choose(
    url: string,
    asked: Asked,
    all: Entry[],
    caller: Caller,
    verdict: Verdict,
  ): Promise<Choice<Page>> {
    const may = (entry: Entry) => mayUse(caller, entry.type, 'r') && verdict.permits(contents.guardedEntry(entry));
    const permitted = all.filter(may);
    const { entries, next } = pageOf(permitted, { ...asked, offset: 0 }, sizes);
    const shown = [...entries, ...(await directory(entries)).filter(may)];
    const texts = await resources.texts(shown);
    const matches = shown.map(({ type, id }, at) => {
      return { type, id, json: texts[at]!, mode: at < entries.length ? ('match' as const) : ('include' as const) };
    });
    const self = { relation: 'self' as const, url: asked.text ? `${url}?${asked.text}` : url };
    const following = next ? [{ relation: 'next' as const, url: `${url}?${withCursor(asked.text, next)}` }] : [];
    return { ...accessed(shown), answer: { total: permitted.length, matches, links: [self, ...following] } };
  }

  return async (caller, patient, text) => {
    requireScope(caller, 'Patient', 'r');
    const asked = parse(text);
    const all = (await compartments.load(patient)).filter(asked.wants).sort(patientFirst);
    const path = `Patient/${patient}/$everything`;
    const question = { caller, patients: [patient], query: text ? `${path}?${text}` : path };
    return guard.answer(question, (verdict) => {
      if (verdict.open(patient)) return choose(`${fhirBase}/${path}`, asked, all, caller, verdict);
      return { entities: [{ type: 'Patient', id: patient }], refusal: notForYou() };
    });
  };
}

interface Asked {
  text: string;
  count?: number;
  cursor?: string;
  wants(entry: Entry): boolean;
}

function parse(text: string): Asked {
  const given = new URLSearchParams(text);
  for (const name of given.keys()) {
    if (!['_type', '_since', '_count', '_cursor', '_format', '_pretty'].includes(name))
      throw new Failure('not-supported', `${name}: $everything does not take this.`, { expression: [name] });
  }
  const [types, since, count, cursor] = ['_type', '_since', '_count', '_cursor'].map((name) => given.get(name));
  const wanted = types?.split(',');
  if (wanted && !wanted.every(isResourceType)) throw wrong('_type', 'a list of resource types');
  const from = since ? Date.parse(since) : Number.NEGATIVE_INFINITY;
  if (Number.isNaN(from)) throw wrong('_since', 'an instant');
  if (count && !/^\d{1,9}$/.test(count)) throw wrong('_count', 'a whole number');
  return {
    text,
    ...(count && { count: Number(count) }),
    ...(cursor && { cursor }),
    wants: ({ type, at }) => at >= from && (!wanted || wanted.includes(type)),
  };
}

const wrong = (name: string, wanted: string) =>
  new Failure('value', `${name}: must be ${wanted}.`, { expression: [name] });

/** The Patient, then everything else as it came in. */
export function patientFirst(one: Entry, other: Entry): number {
  const rank = ({ type }: Entry) => (type === 'Patient' ? 0 : 1);
  return rank(one) - rank(other) || one.at - other.at || (one.id < other.id ? -1 : 1);
}
