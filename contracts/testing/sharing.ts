import { createHash } from 'node:crypto';
import type { Agreement, Transfer } from '../agreement.ts';
import { canonical } from '../canonical.ts';
import { ConsentContract } from '../consent.ts';
import { commitment } from '../opened.ts';
import { policyText, settingsHash } from '../policy.ts';
import { RegistryContract } from '../registry.ts';
import type { ConsentState, Deployment, Question } from '../rules/state.ts';
import type { Terms } from '../rules/terms.ts';
import * as a from '../rules/testing/given.ts';
import { collect } from '../rules/transfer.ts';
import { SharingContract } from '../sharing.ts';
import { type Outcome, type Stage, type Submission, stage } from '../testing.ts';

export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');
export const saltOf = (text: string): Buffer => createHash('sha256').update(`salt ${text}`).digest();
export const hour = 3600_000;
export const begin = Date.UTC(2026, 0, 1);

export const terms: Terms = {
  purpose: 'TREAT',
  dataClasses: ['Observation', 'Condition'],
  recipientRole: 'practitioner',
  ...{ from: begin, until: begin + 10 * 24 * hour, eraseAt: begin + 20 * 24 * hour },
  frequency: { transfers: 2, window: 24 * hour },
};
export const permitted = a.given([a.consent(a.permit({ actor: [a.recipient('Organization/lindenhof')] }))]);

/** A clinician of the requester asks to collect. */
export const question = (change: Partial<Question> = {}): Question => ({
  patient: 'jack',
  actor: { subject: 'anna', organization: 'lindenhof', role: 'practitioner', careTeams: [] },
  action: collect,
  purpose: 'TREAT',
  at: 0,
  ...change,
});

/** What is opened to `authorise`; what is left out is what the tests begin with. */
export interface Opened {
  state?: ConsentState;
  deployment?: Deployment;
  question?: Question;
  terms?: Terms;
  /** Of the policy text. */
  salt?: Buffer;
}

const openedTerms = (of: Terms) => ({ terms: canonical(of), termsSalt: saltOf('terms') });

/** The contracts, with the requester `lindenhof` on the platform `west` and the custodian `northgate` on `east`. */
export async function registeredStage(): Promise<Stage> {
  const made = stage(new SharingContract(), new ConsentContract(), new RegistryContract());
  made.clock.time = begin;
  for (const [caller, id] of [
    ['west', 'lindenhof'],
    ['east', 'northgate'],
  ] as const)
    await made.submit(caller, { contract: 'registry', fn: 'registerOrganization', args: [{ id, name: id, keys: [] }] });
  return made;
}

/**
 * One agreement on a stage, each step as its caller takes it.
 * @param name tells agreements, and their patients, apart
 */
export async function sharingStage(of: Terms = terms, on?: Stage, name = 'agreement') {
  const { submit, clock } = on ?? (await registeredStage());
  const agreement = hashOf(name);
  const policy = hashOf(`patient of ${name}`);
  const sharing = (caller: string, fn: string, request: object, transient: Submission['transient'] = {}) =>
    submit(caller, { contract: 'sharing', fn, args: [{ agreement, ...request }], transient });
  const proposal = {
    ...{ policy, requester: 'lindenhof', custodian: 'northgate', at: begin },
    terms: commitment(saltOf('terms'), canonical(of)),
  };
  return {
    clock,
    submit,
    propose: (change: object = {}, caller = 'west') =>
      sharing(caller, 'propose', { ...proposal, ...change }, openedTerms(of)),
    accept: (change: object = {}, caller = 'east') =>
      sharing(caller, 'accept', { acceptance: hashOf('yes'), at: begin, ...change }, openedTerms(of)),
    /** Records what the patient's consents come to. */
    restate(version: number, state = permitted, deployment = a.deployment, salt = saltOf(`head ${version}`)) {
      const hash = commitment(salt, policyText('jack', state));
      const head = { policy, version, hash, settings: settingsHash(deployment) };
      return submit('east', { contract: 'consent', fn: 'restate', args: [head] });
    },
    authorise: (transfer: number, opened: Opened = {}, caller = 'east') =>
      sharing(caller, 'authorise', { transfer }, transientOf(transfer, { terms: of, ...opened })),
    fulfil: (transfer: number, receipt = hashOf('sent'), caller = 'east') =>
      sharing(caller, 'fulfil', { transfer, receipt }),
    end: (reason: string, at = clock.time, caller = 'east') => sharing(caller, 'end', { reason, at }, openedTerms(of)),
    attest: (attestation = hashOf('gone'), caller = 'west') => sharing(caller, 'attest', { attestation }),
    stored: async () => {
      const found = await submit('west', { contract: 'sharing', fn: 'agreement', args: [agreement] });
      return found.result as Agreement;
    },
  };
}

function transientOf(transfer: number, opened: Opened): Record<string, Uint8Array | string> {
  const { state = permitted, deployment = a.deployment, question: asked = question(), terms: of = terms } = opened;
  return {
    ...openedTerms(of),
    policy: policyText('jack', state),
    policySalt: opened.salt ?? saltOf('head 1'),
    deployment: JSON.stringify(deployment),
    question: JSON.stringify(asked),
    questionSalt: saltOf(`question ${transfer}`),
    verdictSalt: saltOf(`verdict ${transfer}`),
  };
}

export const transferIn = ({ result }: Outcome): Transfer => result as Transfer;
