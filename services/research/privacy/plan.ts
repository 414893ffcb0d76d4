import { Failure } from '../../../kernel/errors.ts';
import { readHierarchy } from '../engine/delimited.ts';
import { type Hierarchy, hierarchyOf } from '../engine/hierarchy.ts';
import type { Model } from '../engine/model.ts';
import { type Extract, unknown } from '../rows/person.ts';
import { invalid, shaped } from '../shape.ts';
import { least, most, type PrivacyDefinition, privacySchema } from './schema.ts';

/** How an extract is made anonymous, checked against it. */
export interface PrivacyPlan {
  model: Model;
  /** The sensitive column, and what its groups are. */
  sensitive?: SensitivePlan;
  /** The sets that are published. */
  sets: readonly string[];
  /** By column and set: the hierarchies that the definition brings along. */
  hierarchies: Readonly<Record<string, Hierarchy>>;
  /** Share of the people who may be left out. */
  suppression: number;
  /** By column. */
  descriptions: Readonly<Record<string, string>>;
}

export interface SensitivePlan {
  column: string;
  level: number;
  l: number;
  /** The type of the resources that tell it. */
  source: string;
  /** Names of the groups, in the order of their numbers; whose value is not known stand last. */
  groups: readonly string[];
}

type Part = PrivacyDefinition['columns'][string] & { name: string };

/** @throws Failure `invalid`, `value` or `not-supported`, with the element at fault */
export function readPrivacy(document: unknown, extract: Extract): PrivacyPlan {
  const { columns, k = least.k, ...asked } = shaped(privacySchema, document, 'privacy');
  const parts = Object.entries(columns).map(([name, part]) => ({ name, ...part }));
  refuseWrong(parts, extract);
  const own = parts.flatMap(({ name, hierarchy }) =>
    hierarchy ? [[name, hierarchyIn(name, hierarchy)] as const] : [],
  );
  const hierarchies = Object.fromEntries(own);
  const named = (role: Part['role']) => parts.filter((part) => part.role === role).map(({ name }) => name);
  const sensitive = sensitiveOf(parts, extract, hierarchies, asked.l ?? least.l);
  const described = parts.flatMap(({ name, description }) => (description ? [[name, description] as const] : []));
  return {
    model: { quasiIdentifiers: named('quasi-identifier'), k, ...(sensitive && modelOf(sensitive, asked.t ?? most.t)) },
    ...(sensitive && { sensitive }),
    sets: named('set'),
    hierarchies,
    suppression: asked.suppression ?? most.suppression,
    descriptions: Object.fromEntries(described),
  };
}

const modelOf = ({ column, level, l }: SensitivePlan, t: number): Pick<Model, 'sensitive'> => ({
  sensitive: { column, level, diversity: { kind: 'distinct', l }, closeness: { t, distance: 'equal' } },
});

const wrong = (name: string, diagnostics: string) =>
  invalid('privacy', [{ code: 'value', diagnostics, expression: [`columns.${name}`] }]);

/** Every column and set has a role, and one that it can have. */
function refuseWrong(parts: readonly Part[], extract: Extract): void {
  const columns = extract.columns.map(({ column }) => column);
  const sets = extract.sets.map(({ name }) => name);
  for (const name of [...columns, ...sets])
    if (!parts.some((part) => part.name === name)) throw wrong(name, 'has no role');
  for (const { name, role, level } of parts) {
    if (!columns.includes(name) && !sets.includes(name)) throw wrong(name, 'is nothing that the extract has');
    if (role !== 'dropped' && sets.includes(name) !== (role === 'set'))
      throw wrong(name, `cannot be a ${role}: it is a ${sets.includes(name) ? 'set' : 'column'}`);
    if (level !== undefined && role !== 'sensitive') throw wrong(name, 'has a level, which only a sensitive one has');
  }
  const having = (role: Part['role']) => parts.filter((part) => part.role === role);
  if (!having('quasi-identifier').length) throw wrong('', 'must have a quasi-identifier');
  const [, second] = having('sensitive');
  if (second) throw wrong(second.name, 'is a second sensitive one');
}

function hierarchyIn(name: string, lines: NonNullable<Part['hierarchy']>): Hierarchy {
  try {
    return typeof lines === 'string' ? readHierarchy(name, lines) : hierarchyOf(name, lines);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new Failure(error.code, error.message, { expression: [`columns.${name}.hierarchy`] });
  }
}

/** Its groups must be known beforehand: a group has the same number in all releases. */
function sensitiveOf(
  parts: readonly Part[],
  { columns }: Extract,
  hierarchies: PrivacyPlan['hierarchies'],
  l: number,
): SensitivePlan | undefined {
  const part = parts.find(({ role }) => role === 'sensitive');
  if (!part) return undefined;
  const { name: column, level = 0 } = part;
  const hierarchy = hierarchies[column];
  if (!hierarchy) throw wrong(column, 'is sensitive and needs a hierarchy that has all its values');
  const nodes = hierarchy.levels[level];
  if (!nodes) throw wrong(column, 'has a hierarchy without such a level');
  const groups = [...new Set(nodes)].map((node) => hierarchy.labels[node]!);
  if (groups.length < l) throw wrong(column, 'has fewer groups than l');
  const source = columns.find((each) => each.column === column)?.view?.resource ?? 'Patient';
  return { column, level, l, source, groups: groups.includes(unknown) ? groups : [...groups, unknown] };
}
