import { Failure } from '../../../kernel/errors.ts';
import { answerCount, type CountAnswer } from '../counts/answer.ts';
import { countRule } from '../counts/rule.ts';
import type { Recoding } from '../engine/recoding.ts';
import { columnOf, type Table } from '../engine/table.ts';

/** People who were left out because they could not be made anonymous, by the rule of `counts/answer.ts`. */
export interface Suppressed {
  all: CountAnswer;
  /** The columns that the groups are of. */
  by: string[];
  /** Every group that can be, whether anybody is in it or not: that somebody is would be told otherwise. */
  groups: { texts: string[]; people: CountAnswer }[];
}

/** Whose counts are told, and by which groups. */
export interface SuppressionNotes {
  /** By row of the table: the person's pseudonym. */
  people: readonly string[];
  /** Secret of the cell keys, 32 bytes; of one release alone, since it remembers no other. */
  countKey: Uint8Array;
  /** Columns and levels of their hierarchies, as sex and age band. */
  by: readonly { column: string; level: number }[];
}

const mostGroups = 200;
/** Whoever is left out is counted twice: among all, and in a group. */
const rule = countRule(2);

/** @throws Failure `not-supported` where there would be more than 200 groups */
export function suppressedBy(
  table: Table,
  { classOf }: Recoding,
  { people, countKey, by }: SuppressionNotes,
): Suppressed {
  const columns = by.map(({ column, level }) => {
    const { codes, hierarchy } = columnOf(table, column);
    const nodeOf = hierarchy.levels[level] ?? hierarchy.levels.at(-1)!;
    return { codes, hierarchy, nodeOf, nodes: [...new Set(nodeOf)] };
  });
  const groups = columns.reduce<number[][]>(
    (all, { nodes }) => all.flatMap((group) => nodes.map((node) => [...group, node])),
    [[]],
  );
  if (groups.length > mostGroups) throw new Failure('not-supported', 'Suppression would be told of too many groups.');
  const left = [...classOf.keys()].filter((row) => classOf[row]! < 0);
  const byGroup = Map.groupBy(left, (row) => columns.map(({ codes, nodeOf }) => nodeOf[codes[row]!]!).join(' '));
  const count = (rows: readonly number[]): CountAnswer =>
    answerCount(
      countKey,
      rows.map((row) => people[row]!),
      rule,
      [],
    );
  return {
    all: count(left),
    by: by.map(({ column }) => column),
    groups: groups.map((nodes) => ({
      texts: nodes.map((node, at) => columns[at]!.hierarchy.labels[node]!),
      people: count(byGroup.get(nodes.join(' ')) ?? []),
    })),
  };
}
