import type { Coding } from '../../../contracts/rules/facts.ts';

/** A label as meta.security has it. */
export interface Label extends Coding {
  extension?: readonly object[];
}

/**
 * Who gave a label: this service by its table, or because of the sensitivities beside it; or a privacy officer by order.
 * Every other label is its author's.
 */
export type Hand = 'table' | 'high-water-mark' | 'privacy-officer';

/** HL7 FHIR Data Segmentation for Privacy (DS4P): who assigned a label. */
const classifier = 'http://hl7.org/fhir/uv/security-label-ds4p/StructureDefinition/extension-sec-label-classifier';
const classifiers = 'urn:healthchain:label-classifier';

const displays: Record<Hand, string> = {
  table: 'HealthChain security labelling',
  'high-water-mark': 'HealthChain security labelling',
  'privacy-officer': 'Privacy officer of the custodian',
};

export function marked({ system, code }: Coding, hand: Hand): Label {
  const identifier = { system: classifiers, value: hand };
  return { system, code, extension: [{ url: classifier, valueReference: { identifier, display: displays[hand] } }] };
}

/** Undefined: the author's. */
export function handOf({ extension }: Label): Hand | undefined {
  for (const each of extension ?? []) {
    const { url, valueReference } = each as { url?: string; valueReference?: { identifier?: Record<string, unknown> } };
    const { system, value } = valueReference?.identifier ?? {};
    if (url === classifier && system === classifiers && Object.hasOwn(displays, String(value))) return value as Hand;
  }
  return undefined;
}

/** The label without anybody's mark: as its author would have given it. */
export function unmarked(label: Label): Label {
  const { extension = [], ...plain } = label;
  const others = extension.filter((each) => handOf({ ...plain, extension: [each] }) === undefined);
  return others.length > 0 ? { ...plain, extension: others } : plain;
}

/** Whether a resource's JSON text can have a mark at all. */
export const mayBeMarked = (json: string): boolean => json.includes(classifiers);
