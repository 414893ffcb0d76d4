import type { PolicyVersion } from '../../../contracts/consent.ts';
import type { Head } from '../../../contracts/policy.ts';
import type { Recorded } from '../../../kernel/eventstore/sealed.ts';
import type { ConsentServiceEvent } from '../domain/event.ts';
import type { Compared, Difference } from './difference.ts';
import { isEntered, type PolicyClaim, policyClaim } from './ledger.ts';
import { patientPseudonym, pseudonymsOf } from './pseudonyms.ts';

/** Where the ledger's policies and head of a patient are not what the stream comes to. */
export async function comparedPatient(of: Compared): Promise<Difference[]> {
  const policies = Map.groupBy(of.events.filter(isStated), ({ event }) => nameOf(event));
  const found = await Promise.all([...policies].map(([name, stated]) => comparedPolicy(of, name, stated)));
  return [...found.flat(), ...(await comparedHead(of))];
}

const isStated = ({ event }: Recorded<ConsentServiceEvent>): boolean =>
  event.type.startsWith('Consent') || event.type.startsWith('BreakGlass');

const nameOf = (event: ConsentServiceEvent): string =>
  'consent' in event ? `Consent/${event.consent}` : `BreakGlass/${(event as { id: string }).id}`;

/** Every version that the ledger has of one policy, against every event of it. */
async function comparedPolicy(of: Compared, name: string, stated: Recorded<ConsentServiceEvent>[]) {
  const pseudonyms = pseudonymsOf(await of.streams.secret(stated[0]!.owner));
  const claims = new Map(stated.map((recorded) => [policyClaim(pseudonyms, recorded).version, recorded]));
  const { policy } = policyClaim(pseudonyms, stated[0]!);
  const kept = new Map(
    ((await of.read('consent', 'history', policy)) as PolicyVersion[]).map((each) => [each.version, each]),
  );
  const differences: Difference[] = [];
  const add = (kind: Difference['kind'], ledger: string) => differences.push({ kind, of: name, ledger });
  for (const [version, recorded] of claims) {
    const found = kept.get(version);
    if (!found && recorded.version <= of.entered) add('missing', String(version));
    if (found && !isSame(found, policyClaim(pseudonyms, recorded))) add('different', found.hash);
  }
  for (const [version, { hash }] of kept) if (!claims.has(version)) add('unknown', hash);
  return differences;
}

const isSame = (kept: PolicyVersion, { version, state, hash, at }: PolicyClaim): boolean =>
  kept.version === version && kept.state === state && kept.hash === hash && kept.at === at;

/** Under other settings the same consents come to something else: the head is restated when it is next needed. */
async function comparedHead({ streams, transactions, read, events, entered }: Compared): Promise<Difference[]> {
  const patient = events[0]!.owner;
  const pseudonyms = pseudonymsOf(await streams.secret(patient));
  const due = events.findLast((each) => isEntered(each) && each.version <= entered)?.version ?? 0;
  const head = (await read('consent', 'head', patientPseudonym(pseudonyms))) as Head | undefined;
  if (!head) return due > 0 ? [{ kind: 'missing', of: 'head', ledger: '' }] : [];
  const differs = (kind: Difference['kind']) => [{ kind, of: 'head', ledger: `${head.version}/${head.hash}` }];
  if (head.version < due) return differs('missing');
  if (head.version > events.length) return differs('unknown');
  const own = (await transactions.policy(patient, head.version)).head;
  return own.settings === head.settings && own.hash !== head.hash ? differs('different') : [];
}
