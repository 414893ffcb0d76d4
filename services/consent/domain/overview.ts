import { decide } from '../../../contracts/rules/decide.ts';
import type { Coding } from '../../../contracts/rules/facts.ts';
import type { Asker, ConsentState, Declaration, Deployment } from '../../../contracts/rules/state.ts';
import type { Provision } from '../../../contracts/rules/statement.ts';
import { actCode, breakGlass, confidentiality } from '../../../contracts/rules/vocabulary.ts';
import { type Reach, reachOf } from './reach.ts';

/** Somebody who may ask one day, as a patient would name them. */
export interface Probe {
  who: { organization?: string; name?: string; practitioner?: string; careTeam?: string; role?: string };
  asker: Asker;
  purposes: readonly string[];
}

/** What somebody could see, by what each label class comes to; `none` is left out. */
export interface Sight {
  who: Probe['who'];
  purpose: string;
  /** Label code, or `normal` for what carries no label → how much of it. */
  sees: Record<string, Exclude<Reach, 'none'>>;
  /** What it rests on, the deciding one first. */
  basis: string[];
  /** When the clock alone could change it, milliseconds since the epoch. */
  until?: number;
}

export interface Setting {
  patient: string;
  at: number;
  deployment: Deployment;
}

/** Label classes that are always looked at, beside those that a statement names. */
const usual: readonly Coding[] = [
  ...['R', 'V'].map((code) => ({ system: confidentiality, code })),
  ...['ETH', 'PSY', 'HIV', 'SDV'].map((code) => ({ system: actCode, code })),
];

/**
 * Who could see what, one line for each probe and purpose, always in the same order. What an organisation wrote itself
 * is left out (rule 2): no consent gives or takes it.
 */
export function overview(
  state: ConsentState,
  probes: readonly Probe[],
  labels: readonly Coding[],
  of: Setting,
): Sight[] {
  const deployment = { ...of.deployment, authorReads: false };
  return probes.flatMap(({ who, asker, purposes }) =>
    purposes.map((purpose) => {
      const question = { patient: of.patient, actor: asker, action: 'access', purpose, at: of.at };
      const { residual, basis, validUntil } = decide(state, question, deployment);
      const until = validUntil === undefined ? {} : { until: validUntil };
      return { who, purpose, sees: seen((label) => reachOf(residual, label), labels), basis, ...until };
    }),
  );
}

/** What any clinician could see who declared an emergency. */
export function inEmergency(state: ConsentState, labels: readonly Coding[], of: Setting): Sight['sees'] {
  const declared: Declaration = { id: 'preview', clinician: 'preview', from: of.at, until: of.at + 1 };
  const probe = {
    who: { role: 'practitioner' },
    asker: { subject: declared.clinician, role: 'practitioner', careTeams: [] },
    purposes: [breakGlass],
  };
  return overview({ ...state, declarations: [declared] }, [probe], labels, of)[0]!.sees;
}

function seen(reach: (label?: Coding) => Reach, labels: readonly Coding[]): Sight['sees'] {
  const all = [['normal', reach()] as const, ...labels.map((label) => [label.code, reach(label)] as const)];
  return Object.fromEntries(all.filter(([, how]) => how !== 'none')) as Sight['sees'];
}

/** The label classes to look at: the usual ones, and every one that the statements name. */
export function labelClasses(states: readonly ConsentState[]): Coding[] {
  const named = states.flatMap(provisionsIn).flatMap(({ filter }) => filter.labels ?? []);
  const restricting = named.filter(({ system, code }) => system !== confidentiality || ['R', 'V'].includes(code));
  return [...new Map([...usual, ...restricting].map((label) => [label.code, label])).values()];
}

export function provisionsIn({ consents }: ConsentState): Provision[] {
  const all = (provision: Provision): Provision[] => [provision, ...provision.provisions.flatMap(all)];
  return consents.flatMap(({ statement }) => all(statement.root));
}
