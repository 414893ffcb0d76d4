import type { Coding } from '../../../contracts/rules/facts.ts';
import { actCode, confidentiality, isSensitivityCode } from '../../../contracts/rules/vocabulary.ts';
import type { Content } from '../domain/resource.ts';
import { handOf, type Label, marked, mayBeMarked, unmarked } from './marks.ts';
import type { LabelTable } from './table.ts';
import { labelOf } from './valueSets.ts';

/** Gives resources their security labels. */
export interface Labeller {
  /**
   * What the table says of a resource: of its own codes, wherever they stand, and not of what it refers to, nor of its
   * words; and how a document itself is labelled.
   */
  computed(resource: object): readonly Coding[];
  /**
   * The resource with the labels of its author, those that a privacy officer ordered, those of the table that are missing,
   * and R where there is a sensitivity and nothing as strict.
   * @param before the version that it replaces, JSON: its orders stay, and what the table said of it is said anew
   */
  labelled(resource: Content, before?: string): Content;
  /** The same with these orders in place of those that there were. */
  ordered(resource: Content, orders: readonly Coding[]): Content;
}

export function labeller(table: LabelTable): Labeller {
  const own = table.labels.map((label) => marked(label, 'table'));

  function computed(resource: object): Label[] {
    const bits = bitsOf(resource, table);
    const stated = documentLabels(resource).map((label) => marked(label, 'table'));
    return bits === 0 ? stated : [...own.filter((_, index) => bits & (1 << index)), ...stated];
  }

  function withLabels(resource: Content, author: readonly Label[], orders: readonly Label[]): Content {
    const security: Label[] = [...author, ...orders];
    for (const label of computed(resource)) if (isMissing(label, security)) security.push(label);
    if (security.some(isSensitivity) && isMissing(restricted, security)) security.push(restricted);
    if (security.length > 0) return { ...resource, meta: { ...resource.meta, security } };
    if (labelsOf(resource).length === 0) return resource;
    const { security: _, ...meta } = resource.meta as { security?: unknown };
    return { ...resource, meta };
  }

  return {
    computed,
    labelled(resource, before) {
      const past = before !== undefined && mayBeMarked(before) ? labelsOf(JSON.parse(before)) : [];
      const orders = past.filter((label) => handOf(label) === 'privacy-officer');
      return withLabels(resource, authorsOf(labelsOf(resource), past), orders);
    },
    ordered(resource, orders) {
      const past = labelsOf(resource);
      return withLabels(
        resource,
        authorsOf(past, past),
        orders.map((label) => marked(label, 'privacy-officer')),
      );
    },
  };
}

/** DS4P wants a confidentiality beside every sensitivity: v3 has them all afford heightened confidentiality, which is R. */
const restricted = marked({ system: confidentiality, code: 'R' }, 'high-water-mark');

/** meta.security */
export const labelsOf = ({ meta }: { meta?: object }): readonly Label[] =>
  (meta as { security?: Label[] } | undefined)?.security ?? [];

/**
 * The author's own among the stated labels. A mark counts only where we made it: one that comes with a resource from
 * elsewhere is what the author says.
 */
function authorsOf(stated: readonly Label[], past: readonly Label[]): Label[] {
  return stated.flatMap((label) => {
    const hand = handOf(label);
    if (hand === undefined) return [label];
    if (hand === 'high-water-mark' && stated.some(isSensitivity)) return []; // it is given again
    return past.some((each) => handOf(each) === hand && isSame(each, label)) ? [] : [unmarked(label)];
  });
}

const levels = ['U', 'L', 'M', 'N', 'R', 'V'];

/** Whether a label says something new. Of confidentiality only what is stricter than all does (HCS's high-water mark). */
function isMissing(label: Label, among: readonly Label[]): boolean {
  if (label.system !== confidentiality) return !among.some((each) => isSame(each, label));
  const level = levels.indexOf(label.code);
  return !among.some(({ system, code }) => system === confidentiality && levels.indexOf(code) >= level);
}

const isSensitivity = ({ system, code }: Coding) => system === actCode && isSensitivityCode(code);

const isSame = (one: Coding, other: Coding) => one.code === other.code && one.system === other.system;

interface Document {
  /** DocumentReference */
  securityLabel?: readonly { coding?: readonly Coding[] }[];
  /** Composition */
  confidentiality?: string;
}

/** What a document says of itself in elements of its own, as far as it restricts. */
function documentLabels({ securityLabel = [], confidentiality: level }: Document): Coding[] {
  const stated = securityLabel.flatMap(({ coding = [] }) => coding);
  if (level) stated.push({ system: confidentiality, code: level });
  return stated.flatMap(({ system, code }) => {
    const label = labelOf(code);
    return label?.system === system ? label : [];
  });
}

/** The labels of every code in a resource; what stands in its meta and its narrative says nothing about it. */
function bitsOf(resource: object, table: LabelTable): number {
  let bits = 0;
  for (const key in resource) {
    if (key === 'meta' || key === 'text') continue;
    bits |= bitsWithin((resource as Record<string, unknown>)[key], table);
  }
  return bits;
}

function bitsWithin(value: unknown, table: LabelTable): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (Array.isArray(value)) return value.reduce((bits: number, item) => bits | bitsWithin(item, table), 0);
  const { system, code } = value as { system?: unknown; code?: unknown };
  let bits = typeof code === 'string' && typeof system === 'string' ? table.bits(system, code) : 0;
  for (const key in value) bits |= bitsWithin((value as Record<string, unknown>)[key], table);
  return bits;
}
