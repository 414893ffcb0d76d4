import type { Coding } from './facts.ts';
import type { LabelPolicy } from './residual.ts';
import { confidentiality, notSensitivity } from './vocabulary.ts';

const levels = ['U', 'L', 'M', 'N', 'R', 'V'];
const normal = levels.indexOf('N');
const veryRestricted = levels.indexOf('V');
/** Of a confidentiality code that v3 does not know: nothing names it, everything stricter than anything covers it. */
const unknown = levels.length;

export const isConfidentialityLevel = (code: string): boolean => levels.includes(code);

const levelOf = (code: string) => {
  const level = levels.indexOf(code);
  return level < 0 ? unknown : level;
};

/** The strictest confidentiality among the labels (HCS's high-water mark); undefined where there is none. */
function level(labels: readonly Coding[]): number | undefined {
  let highest: number | undefined;
  for (const { system, code } of labels)
    if (system === confidentiality) highest = Math.max(highest ?? 0, levelOf(code));
  return highest;
}

/** A label of any system that is not known to be about something else counts as a sensitivity: nobody may overlook it. */
const isSensitivity = ({ system }: Coding) => system !== confidentiality && !notSensitivity.includes(system);

/**
 * Whether a rule's label criterion matches a resource's labels. A resource without labels is normal (N); one that has
 * only sensitivities is not. A permit for N covers N and below, every other code just itself; a forbid also covers what
 * is stricter.
 */
export function matchesLabels(
  type: 'permit' | 'forbid',
  wanted: readonly Coding[],
  labels: readonly Coding[],
): boolean {
  const own = level(labels) ?? (labels.some(isSensitivity) ? undefined : normal);
  return wanted.some((label) => {
    if (label.system !== confidentiality) return has(labels, label);
    const asked = levelOf(label.code);
    if (type === 'forbid') return (own ?? unknown) >= asked;
    return own !== undefined && (asked <= normal ? own <= asked : own === asked);
  });
}

/**
 * Whether a policy of the deployment lets these labels pass.
 * @param rules the permitting rules that speak for the resource
 */
export function coversLabels(policy: LabelPolicy, rules: { labels?: Coding[] }[], labels: readonly Coding[]): boolean {
  if (labels.length === 0) return true;
  if (policy === 'break-glass') return (level(labels) ?? normal) < veryRestricted;
  return labels.every((label) => {
    const restricted = label.system === confidentiality ? levelOf(label.code) > normal : isSensitivity(label);
    return !restricted || rules.some((rule) => rule.labels && has(rule.labels, label));
  });
}

const has = (labels: readonly Coding[], { system, code }: Coding): boolean =>
  labels.some((label) => label.code === code && label.system === system);
