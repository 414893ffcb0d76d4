import type { Consent } from '@medplum/fhirtypes';
import type { Json } from '../../../contracts/rules/criteria.ts';
import { parseStatement, problemsOf } from '../../../contracts/rules/parse.ts';
import { type ConsentState, type Deployment, isInForce } from '../../../contracts/rules/state.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { consentOf } from '../domain/choices.ts';
import { contradictionsIn } from '../domain/contradictions.ts';
import { inEmergency, labelClasses, overview, type Setting, type Sight } from '../domain/overview.ts';
import { patientOf, requireConsent } from '../domain/resource.ts';
import { choicesIn, type Wish } from '../domain/templates.ts';
import { words } from '../domain/words.ts';
import { actorOf, type Caller, type Mandates, notYours, performerOf, requireActingFor } from './caller.ts';
import { type Directory, namesOf } from './directory.ts';
import type { RequireKnown } from './grantees.ts';
import { requireUnderstood } from './notes.ts';
import type { Probes } from './probes.ts';
import { permitting } from './revokeAll.ts';
import type { PatientStreams } from './streams.ts';

/** What a patient may want to try before they say yes. */
export type Proposal = { wish: Wish } | { resource: unknown } | { revoke: string } | { revokeAll: true };

export interface Permitted {
  /** Who could see anything. */
  sights: Sight[];
  /** What a clinician could see who declared an emergency. */
  emergency: Sight['sees'];
  /** Emergencies that are declared now. */
  declared: { id: string; clinician: string; name: string; until: number }[];
}

export interface Preview {
  /** As it would be kept, without its id. */
  consent?: Consent;
  words?: string;
  /** What of it nobody understands, and what gainsays itself: plain words. */
  problems: string[];
  contradictions: string[];
  /** What decides now for somebody, and would not any more, since this is newer. */
  replaces: { consent: string; who: Sight['who']; purpose: string }[];
  changes: { who: Sight['who']; purpose: string; before: Sight['sees']; after: Sight['sees'] }[];
  before: Permitted;
  after: Permitted;
}

/** Who could see what: now, and if the patient agreed. By the patient, or with a mandate; nothing is stored. */
export interface Previews {
  /** @param patient empty: the caller's own */
  permitted(caller: Caller, patient: string): Promise<Permitted>;
  preview(caller: Caller, patient: string, proposal: Proposal): Promise<Preview>;
}

interface Parts {
  streams: PatientStreams;
  mandates: Mandates;
  probes: Probes;
  directory: Directory;
  known: RequireKnown;
  deployment: Deployment;
  clock: Clock;
}

export function previews(parts: Parts): Previews {
  const { streams, mandates, probes, directory, known, deployment, clock } = parts;

  /** What the sights of several states of one patient come to, line by line comparable. */
  async function looked(patient: string, states: readonly ConsentState[], at: number) {
    const setting: Setting = { patient, at, deployment };
    const [all, labels] = [await probes(states), labelClasses(states)];
    const declared = states[0]!.declarations.filter((each) => isInForce(each, at));
    const nameOf = await namesOf(
      directory,
      declared.map(({ clinician }) => clinician),
    );
    return states.map((state) => ({
      sights: overview(state, all, labels, setting),
      emergency: inEmergency(state, labels, setting),
      declared: declared.map((each) => ({ ...each, name: nameOf(each.clinician) })),
    }));
  }

  async function consentIn(
    caller: Caller,
    patient: string,
    at: number,
    proposal: { wish: Wish } | { resource: unknown },
  ) {
    if ('resource' in proposal) {
      const resource = requireConsent(proposal.resource, deployment.zone);
      if (patientOf(resource, deployment.fhirBase) !== patient) throw notYours();
      return { consent: resource };
    }
    const choices = choicesIn(proposal.wish, { at, ...deployment });
    await known(choices.grantee);
    const performer = performerOf(actorOf(caller), patient);
    const consent = consentOf(choices, { ...deployment, patient, performer, at });
    requireUnderstood(consent, deployment);
    return { consent, words: words(choices) };
  }

  return {
    async permitted(caller, of) {
      const patient = await requireActingFor(caller, of, mandates);
      const { rules } = await streams.current(patient);
      const [now] = await looked(patient, [rules], clock.now());
      return onlySeen(now!);
    },

    async preview(caller, of, proposal) {
      const patient = await requireActingFor(caller, of, mandates);
      const at = clock.now();
      const { rules } = await streams.current(patient);
      const stated: Pick<Preview, 'consent' | 'words'> =
        'wish' in proposal || 'resource' in proposal ? await consentIn(caller, patient, at, proposal) : {};
      const next = nextState(rules, proposal, stated.consent);
      const [before, after] = await looked(patient, [rules, next.state], at);
      const pairs = before!.sights.map((sight, index) => [sight, after!.sights[index]!] as const);
      return {
        ...stated,
        problems: next.statement ? problemsOf(next.statement) : [],
        contradictions: next.statement ? contradictionsIn(next.statement.root) : [],
        replaces: stated.consent ? pairs.flatMap(replaced) : [],
        changes: pairs.flatMap(changed),
        before: onlySeen(before!),
        after: onlySeen(after!),
      };
    },
  };

  function nextState(state: ConsentState, proposal: Proposal, consent: Consent | undefined) {
    if (!consent) return { state: { ...state, consents: remaining(state, proposal) } };
    const statement = parseStatement(consent as unknown as Json, deployment);
    const id = consent.id ?? 'preview';
    const others = state.consents.filter((each) => each.id !== id);
    const added = { id, version: 0, position: Number.MAX_SAFE_INTEGER, statement };
    return { state: { ...state, consents: [...others, added] }, statement };
  }
}

/** Throws Failure `not-found` for a consent that is not in force. */
function remaining({ consents }: ConsentState, proposal: Proposal): ConsentState['consents'] {
  if (!('revoke' in proposal)) return consents.filter((each) => !permitting(consents).includes(each));
  if (!consents.some(({ id }) => id === proposal.revoke)) throw notYours();
  return consents.filter(({ id }) => id !== proposal.revoke);
}

const onlySeen = ({ sights, ...more }: Permitted): Permitted => ({
  ...more,
  sights: sights.filter(({ sees }) => Object.keys(sees).length > 0),
});

type Pair = readonly [before: Sight, after: Sight];

const decisive = ({ basis }: Sight) => /^Consent\/([^/]+)\//.exec(basis[0] ?? '')?.[1];

function replaced([before, after]: Pair): Preview['replaces'] {
  const [consent, next] = [decisive(before), decisive(after)];
  const { who, purpose } = before;
  return consent !== undefined && next !== consent ? [{ consent, who, purpose }] : [];
}

function changed([before, after]: Pair): Preview['changes'] {
  if (JSON.stringify(before.sees) === JSON.stringify(after.sees)) return [];
  return [{ who: before.who, purpose: before.purpose, before: before.sees, after: after.sees }];
}
